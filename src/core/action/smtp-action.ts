/**
 * Action stage: mail about bans, as fail2ban's smtp.py sends it: when the jail starts and stops, and for every ban.
 *
 * Options of the plug-in + bans → messages for a mail server, one after the other. What a log says is text of the message,
 * never a header. Nothing is sent twice: a mail that may have gone out counts as sent. Source: smtp.py, observed; the
 * words are ours.
 */
import { domainToASCII } from 'node:url';
import type { ActionPlan } from '../config/plans.js';
import { parseBool } from '../config/values.js';
import type { Ban } from '../records.js';
import type { Action } from './action.js';
import type { ActionMemory, ActionOutcome, CheckResult, Presence } from './actions.js';
import type { ActionContext } from './context.js';
import { ipOf } from './dynamic-tags.js';
import { inChunks } from './journaled.js';
import type { PropertyValue } from './static-tags.js';

export interface Mail {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly atSec: number;
}

export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  readonly login: { readonly user: string; readonly password: string } | undefined;
  /** After this long a server has not answered. */
  readonly timeoutMs: number;
}

/** Rejects when the server has not taken the message. */
export type SendMail = (mail: Mail, server: MailServer) => Promise<void>;

/** Source: smtp.py's parameters. */
const DEFAULTS: Readonly<Record<string, PropertyValue>> = {
  host: 'localhost',
  ssl: false,
  user: '',
  password: '',
  sendername: 'Fail2Ban',
  sender: 'fail2ban',
  dest: 'root',
  matches: '',
};
const TIMEOUT_MS = 60_000;

export class SmtpAction implements Action {
  readonly name: string;
  readonly properties: Map<string, PropertyValue>;
  readonly #send: SendMail;
  #started: boolean;

  constructor(
    plan: ActionPlan,
    private readonly context: ActionContext,
    { memory, send }: { readonly memory: ActionMemory; readonly send: SendMail },
  ) {
    this.#send = send;
    this.name = plan.name;
    const given = [...plan.properties].map(([key, { value }]) => [key, value] as const);
    this.properties = new Map<string, PropertyValue>([...Object.entries(DEFAULTS), ...given]);
    this.#started = memory.families.length > 0;
  }

  set(property: string, value: PropertyValue): void {
    this.properties.set(property, value);
  }

  async start(): Promise<readonly CheckResult[]> {
    if (this.#started) return [];
    const reason = await this.#mail('started', `The jail ${this.context.jail} is watching from now on.`);
    if (reason !== undefined) return [{ action: this.name, family: '', state: 'broken', reason }];
    this.#started = true;
    this.context.journal.family(this.name, '', 'started');
    return [];
  }

  async ban(bans: readonly Ban[]): Promise<void> {
    const { journal } = this.context;
    const restored = bans.filter((ban) => ban.restored);
    this.#pass('ban', restored, true);
    await inChunks(
      bans.filter((ban) => !ban.restored),
      {
        ...{ action: this.name, step: 'ban', journal, single: true },
        work: async (ban): Promise<ActionOutcome> => {
          const reason = await this.#mail(`banned ${inOneLine(ipOf(ban))}`, this.#textOf(ban));
          return { id: ban.id, ok: reason === undefined, reason };
        },
      },
    );
  }

  async redo(bans: readonly Ban[]): Promise<void> {
    this.#pass('ban', bans, false);
  }

  async reban(bans: readonly Ban[]): Promise<void> {
    this.#pass('reban', bans, true);
  }

  async unban(bans: readonly Ban[]): Promise<void> {
    this.#pass('unban', bans, true);
  }

  async flush(bans: readonly Ban[]): Promise<void> {
    this.#pass('unban', bans, true);
  }

  async stop(only?: 'idle'): Promise<void> {
    if (only === 'idle' || !this.#started) return;
    this.#started = false;
    this.context.journal.family(this.name, '', undefined);
    await this.#mail('stopped', `The jail ${this.context.jail} is no longer watching.`);
  }

  async prolong(): Promise<void> {}
  async reload(): Promise<void> {}

  async check(): Promise<readonly CheckResult[]> {
    return [];
  }

  async verify(bans: readonly Ban[]): Promise<ReadonlyMap<string, Presence>> {
    return new Map(bans.map(({ id }) => [id, 'unknown']));
  }

  #pass(step: 'ban' | 'unban' | 'reban', bans: readonly Ban[], skipped: boolean): void {
    const outcomes = bans.map(({ id }) => ({ id, ok: true, ...(skipped ? { skipped } : {}) }));
    if (outcomes.length > 0) this.context.journal.end(this.name, step, outcomes);
  }

  #textOf(ban: Ban): string {
    const { jail } = this.context;
    const { banTimeSec, failures } = ban;
    const howLong = banTimeSec < 0 ? 'for ever' : `for ${banTimeSec} seconds`;
    const lines = this.#linesFor(ban);
    const found = lines.length > 0 ? `\n\nWhat was found:\n${lines.join('\n')}` : '';
    return `${inOneLine(ipOf(ban))} is banned ${howLong}, after ${failures} failures that ${jail} has seen.${found}`;
  }

  /** `matches` says which lines are wanted. */
  #linesFor(ban: Ban): readonly string[] {
    const own = ban.matches.map(({ text }) => text);
    const { merged } = this.context.tags;
    switch (this.#text('matches')) {
      case 'matches':
        return own;
      case 'ipmatches':
        return merged(ban.id, undefined)?.lines ?? own;
      case 'ipjailmatches':
        return merged(ban.id, ban.jail)?.lines ?? own;
      default:
        return [];
    }
  }

  /** @returns why it could not be sent */
  async #mail(what: string, text: string): Promise<string | undefined> {
    const { jail, clock, log, tags } = this.context;
    const place = tags.hostName().full;
    const preposition = what.startsWith('banned') ? 'from' : 'on';
    const mail: Mail = {
      from: { name: inOneLine(this.#text('sendername')), address: inOneLine(this.#text('sender')) },
      to: this.#text('dest')
        .split(',')
        .map((one) => inOneLine(one).trim())
        .filter((one) => one !== ''),
      subject: `[Fail2Ban] ${jail}: ${what} ${preposition} ${place}`,
      text: `Hello,\n\n${printable(text)}\n\nf2b on ${place}\n`,
      atSec: clock.nowSec(),
    };
    try {
      await this.#send(mail, this.#server());
      return undefined;
    } catch (error) {
      const reason = `mail: ${error instanceof Error ? error.message : String(error)}`;
      log({
        level: 'ERROR',
        logger: 'actions',
        message: `Failed to send mail of jail '${jail}' action '${this.name}': ${reason}`,
      });
      return reason;
    }
  }

  #server(): MailServer {
    const secure = parseBool(this.#text('ssl'));
    // `[::1]:25`, `host:25`, `host`.
    const [, bracketed, plain = '', port] =
      /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(this.#text('host')) ?? [];
    const user = this.#text('user');
    return {
      host: bracketed ?? (domainToASCII(plain) || 'localhost'),
      port: port === undefined ? (secure ? 465 : 25) : Number(port),
      secure,
      login: user === '' ? undefined : { user, password: this.#text('password') },
      timeoutMs: TIMEOUT_MS,
    };
  }

  #text(property: string): string {
    return String(this.properties.get(property) ?? '');
  }
}

/** For a header: nothing that begins another one. */
function inOneLine(text: string): string {
  return text.replace(/[\0-\x1f\x7f\u2028\u2029]+/g, ' ');
}

/** For a text: lines and tabs, no other control characters. */
function printable(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[\0-\x08\x0b-\x1f\x7f]/g, '\ufffd');
}
