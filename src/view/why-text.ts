/**
 * View: `f2b why` for people: who is locked out, by which jail, since when, after which lines, whether the firewall agrees,
 * and what to type to let it in.
 *
 * The same text in a pipe and on a terminal, where it has colour and is cut to the width. Log lines are hostile: escaped.
 */
import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';
import {
  strayHits,
  type WhyBan,
  type WhyFailing,
  type WhyPast,
  type WhyReport,
  type WhySubject,
} from '../core/control/why.js';
import { endOf, type LeaveReason, type MatchedLine } from '../core/records.js';
import { localText } from '../core/time/local-text.js';
import { troublesText } from './ban-notes.js';
import { escapeControls } from './escape.js';
import { distanceText, momentText, spanText } from './moment.js';

export interface WhyView {
  readonly colors: ColorSupportLevel;
  /** Undefined: lines are not cut. */
  readonly columns: number | undefined;
}

export function renderWhy(report: WhyReport, view: WhyView): string {
  return new Page(report, view).text();
}

const LABEL_WIDTH = 8;
const ENDED: Readonly<Record<LeaveReason, string>> = {
  expired: 'expired',
  manual: 'unbanned by hand',
  stop: 'ended when the jail was stopped',
  removed: 'ended when the jail was removed',
};

class Page {
  readonly #paint: ChalkInstance;

  constructor(
    private readonly report: WhyReport,
    private readonly view: WhyView,
  ) {
    this.#paint = new Chalk({ level: view.colors });
  }

  text(): string {
    const { asked, lookup, subjects, commands } = this.report;
    const isName =
      subjects.some(({ id, family }) => id !== asked && family !== undefined) && !isOneSpelling(this.report);
    const name = isName
      ? `${this.#safe(asked)} is ${subjects.map(({ id }) => this.#safe(id)).join(', ')}\n\n`
      : '';
    const failed =
      lookup === undefined
        ? ''
        : `${this.#safe(asked)} is no address, and no host name either: ${lookup}\n\n`;
    const release =
      commands.length === 0
        ? ''
        : `\n${commands.length === 1 ? 'To let it in:' : 'To let it in, all of:'}\n${commands
            .map((command) => `  ${this.#paint.bold(this.#safe(command))}\n`)
            .join('')}`;
    return name + failed + subjects.map((subject) => this.#subject(subject)).join('\n') + release;
  }

  #subject(subject: WhySubject): string {
    const { bans, banCount, past, failing, ignored, strays } = subject;
    const hidden = banCount - bans.length;
    const parts = [
      `${this.#verdict(subject)}\n`,
      ...bans.map((ban) => this.#ban(subject, ban)),
      hidden > 0 ? this.#paint.dim(`${hidden.toLocaleString('en')} more bans are inside of it\n`) : '',
      ...strays.map(
        ({ jail, action }) =>
          `${this.#paint.red(`${jail} does not ban it, but the firewall of ${action} holds it`)}: a left-over, or the doing of somebody else\n`,
      ),
      this.#firewall(subject),
      ...failing.map((each) => this.#failing(subject, each)),
      past.length > 0 ? this.#past(past) : '',
      ...ignored.map(
        ({ jail, ignored: { by, rule } }) =>
          `${this.#paint.green(`${jail} ignores it`)}: ${this.#safe(by.startsWith(rule) ? rule : `${by} ${rule}`)}\n`,
      ),
    ];
    return parts.filter((part) => part !== '').join('');
  }

  #verdict(subject: WhySubject): string {
    const { id, bans, past, failing, strays } = subject;
    const who = this.#paint.bold(this.#safe(id));
    const outside = bans.filter(({ relation, standing }) => relation !== 'inside' && standing !== 'leaving');
    const jails = [...new Set(outside.map(({ ban }) => ban.jail))].join(', ');
    if (outside.length > 0) {
      const applied = outside.some(({ standing, presence }) => standing === 'applied' && !isAbsent(presence));
      return applied
        ? `${who} is ${this.#paint.red('banned')} in ${jails}`
        : `${who} is banned in ${jails}, ${this.#paint.yellow('but no firewall holds it')}`;
    }
    if (bans.some(({ standing }) => standing === 'leaving')) {
      return `${who} is ${this.#paint.yellow('no longer banned, but not yet let in')}`;
    }
    if (strays.length + strayHits(subject).length > 0)
      return `${who} is not banned, ${this.#paint.red('but a firewall holds it')}`;
    const inside = bans.length > 0 ? ', but some inside of it are' : '';
    const rest =
      inside !== ''
        ? inside
        : failing.length > 0
          ? ', but has failed'
          : past.length > 0
            ? ', but was before'
            : ', and never was as far as anybody remembers';
    return `${who} is ${this.#paint.green('not banned')}${rest}`;
  }

  #ban(subject: WhySubject, each: WhyBan): string {
    const { ban, relation, configured } = each;
    const { nowSec } = this.report;
    const end = endOf(ban);
    const network =
      relation === 'itself' ? '' : `${this.#safe(ban.id)}${relation === 'holds-it' ? ' holds it' : ''}`;
    const times = ban.banCount > 1 ? `, for the ${ordinal(ban.banCount)} time` : '';
    const cause =
      ban.origin === 'manual'
        ? 'by hand'
        : ban.origin === 'import'
          ? 'taken over from fail2ban'
          : `after ${count(ban.failures, 'failure')}`;
    const until =
      end < nowSec ? `${localText(end)} (over: the next f2b scan lets it in)` : momentText(end, nowSec);
    const rows: [string, string][] = [
      ['since', `${momentText(ban.timeSec, nowSec)}, ${cause}${times}`],
      ['until', until],
    ];
    if (each.standing === 'failed') rows.push(['failed', this.#paint.red(troublesText(each))]);
    if (each.standing === 'pending')
      rows.push(['failed', this.#paint.red('an action has not come to it yet')]);
    if (each.standing === 'leaving') {
      const why = troublesText(each);
      rows.push([
        'leaving',
        this.#paint.yellow(
          `${ENDED[ban.leaving ?? 'expired']}, not taken back yet${why === '' ? '' : `: ${why}`}`,
        ),
      ]);
    }
    for (const [action, state] of each.presence) rows.push(['firewall', this.#presence(action, state)]);
    if (!configured) rows.push(['note', 'the jail is off or gone: the next f2b scan lets it in']);
    return (
      `\n${this.#paint.cyan(this.#safe(ban.jail))}  ${network}\n`.replace(/ {2}\n$/, '\n') +
      this.#rows(rows) +
      this.#lines(ban.matches, subject)
    );
  }

  /** Whatever this machine's firewall has of it. */
  #firewall({ firewall, bans }: WhySubject): string {
    if (!firewall) return '';
    const { hits, unknown } = firewall;
    if (hits.length + unknown.length === 0) {
      return bans.some(({ relation }) => relation !== 'inside')
        ? `\n${this.#paint.cyan('firewall')}  ${this.#paint.yellow('no rule of this machine knows it')}\n`
        : '';
    }
    const rows = hits.map(({ tool, where, entry, verdict, blocks }) => {
      const place = `${tool === 'hosts.deny' ? '' : `${tool} `}${where}`;
      const paint = blocks ? this.#paint.red : this.#paint.dim;
      const fate = verdict === undefined ? '' : ` ${paint(this.#safe(verdict))}`;
      return `  ${this.#safe(place)}: ${this.#safe(entry)}${fate}\n`;
    });
    const dark = unknown.map((text) => `${this.#paint.dim(`  cannot be looked at: ${this.#safe(text)}`)}\n`);
    return `\n${this.#paint.cyan('firewall')}\n${rows.join('')}${dark.join('')}`;
  }

  #presence(action: string, state: 'present' | 'absent' | 'unknown'): string {
    const name = this.#safe(action);
    if (state === 'present') return `${name} has it`;
    return state === 'absent'
      ? this.#paint.red(`${name} does not have it: the next f2b scan puts it back`)
      : this.#paint.dim(`${name} cannot tell`);
  }

  #failing({ id }: WhySubject, { jail, failing, maxRetry, findTimeSec }: WhyFailing): string {
    const { nowSec } = this.report;
    const who = failing.id === id ? '' : `${this.#safe(failing.id)}: `;
    const counted = Math.floor(failing.weight);
    const head = `${who}${counted} of ${maxRetry} failures within ${spanText(findTimeSec)}, the last ${distanceText(failing.timeSec, nowSec)}`;
    return `\n${this.#paint.cyan(this.#safe(jail))}  ${this.#paint.yellow(head)}\n${this.#lines(failing.matches)}`;
  }

  #past(past: readonly WhyPast[]): string {
    const rows = past.map(({ ban, relation }): string => {
      const network = relation === 'itself' ? '' : `, as part of ${this.#safe(ban.id)}`;
      const cause = ban.origin === 'manual' ? 'by hand' : `${count(ban.failures, 'failure')}`;
      const ended = ban.endedSec === undefined ? '' : ` until ${localText(ban.endedSec)}`;
      const how = ban.endedBy === undefined ? '' : ` (${ENDED[ban.endedBy]})`;
      const last = ban.matches.at(-1);
      const line = last === undefined ? '' : `\n    ${this.#cut(last.text, 4)}`;
      return `  ${localText(ban.timeSec)}${ended}${how}, ${this.#safe(ban.jail)}, ${cause}${network}${this.#paint.dim(line)}\n`;
    });
    return `\n${this.#paint.cyan('before')}\n${rows.join('')}`;
  }

  /** Lines below the expression that matched them. */
  #lines(matches: readonly MatchedLine[], subject?: WhySubject): string {
    if (matches.length === 0) return '';
    let place: string | undefined;
    let text = '';
    for (const match of matches) {
      const regex = match.regex ?? '';
      if (regex !== place) {
        place = regex;
        text += this.#rows([
          [
            'lines',
            regex === ''
              ? 'matched by an expression that is not remembered'
              : `matched by ${this.#safe(regex)}`,
          ],
        ]);
      }
      text += `${' '.repeat(LABEL_WIDTH + 4)}${this.#highlight(this.#cut(match.text, LABEL_WIDTH + 4), subject?.id)}\n`;
    }
    return text;
  }

  #highlight(text: string, id: string | undefined): string {
    const shown =
      this.#paint.level > 0 && id !== undefined && text.includes(id)
        ? text.replace(id, this.#paint.bold(id))
        : text;
    return shown;
  }

  #rows(rows: readonly (readonly [label: string, text: string])[]): string {
    return rows.map(([label, text]) => `  ${this.#paint.dim(label.padEnd(LABEL_WIDTH))}  ${text}\n`).join('');
  }

  #cut(text: string, used: number): string {
    const { columns } = this.view;
    const chars = [...escapeControls(text)];
    const room = columns === undefined ? Number.POSITIVE_INFINITY : Math.max(20, columns - used);
    return chars.length <= room ? chars.join('') : `${chars.slice(0, room - 1).join('')}…`;
  }

  #safe(text: string): string {
    return escapeControls(text, (escaped) => this.#paint.inverse(escaped));
  }
}

/** `[2001:DB8::1]` for `2001:db8::1` needs no telling. */
function isOneSpelling({ subjects, asked }: WhyReport): boolean {
  return (
    subjects.length === 1 && /^[[\]0-9a-f.:/]+$/i.test(asked) && /[.:]/.test(asked) && !/[g-z]/i.test(asked)
  );
}

function isAbsent(presence: WhyBan['presence']): boolean {
  return presence.size > 0 && [...presence.values()].every((state) => state === 'absent');
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

function ordinal(number: number): string {
  const tens = number % 100;
  const ending = tens > 10 && tens < 14 ? 'th' : ({ 1: 'st', 2: 'nd', 3: 'rd' }[number % 10] ?? 'th');
  return `${number}${ending}`;
}
