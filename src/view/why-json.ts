/**
 * View: `f2b why` for programs.
 */
import type { Relation, WhyBan, WhyReport, WhySubject } from '../core/control/why.js';
import { endOf } from '../core/records.js';
import { type BanJson, banAsJson, type MatchJson, matchAsJson } from './ban-json.js';

export interface WhyBanJson extends BanJson {
  /** It is the very one that was asked for, a network that holds it, or inside the network that was asked for. */
  readonly relation: Relation;
  /** False: the jail is off or gone, its bans go with the next scan. */
  readonly configured: boolean;
  /** What the firewall says, by action; `unknown`: the action has no way to ask. */
  readonly firewall: Readonly<Record<string, 'present' | 'absent' | 'unknown'>>;
  /** The lines it rests on. */
  readonly matches: readonly MatchJson[];
  /** What lets it in. */
  readonly command: string;
}

export interface WhyPastJson {
  readonly jail: string;
  readonly id: string;
  readonly relation: Relation;
  readonly since: number;
  /** null: it was for ever. */
  readonly until: number | null;
  readonly ended: number;
  readonly endedBy: 'expired' | 'manual' | 'stop' | 'removed' | null;
  readonly count: number;
  readonly failures: number;
  readonly matches: readonly MatchJson[];
}

export interface WhyFailingJson {
  readonly jail: string;
  readonly id: string;
  readonly failures: number;
  /** What counts against maxRetry: less than `failures` when some are old, more for who is known. */
  readonly weight: number;
  readonly maxRetry: number;
  /** Seconds for which a failure counts. */
  readonly findTime: number;
  readonly since: number;
  readonly last: number;
  readonly matches: readonly MatchJson[];
}

export interface WhySubjectJson {
  readonly id: string;
  /** null: a raw id. */
  readonly family: 'inet4' | 'inet6' | null;
  readonly banned: boolean;
  readonly bans: readonly WhyBanJson[];
  /** Of a network not all are listed. */
  readonly banCount: number;
  /** Newest first. */
  readonly past: readonly WhyPastJson[];
  readonly failing: readonly WhyFailingJson[];
  /** Jails in which its failures do not count. */
  readonly ignored: readonly { readonly jail: string; readonly by: string; readonly rule: string }[];
  /** Firewalls that hold it although no jail bans it. */
  readonly strays: readonly { readonly jail: string; readonly action: string }[];
  /** Where this machine's firewall knows it, whoever wrote that; null: a raw id, or nobody looked. */
  readonly firewall: {
    readonly hits: readonly FirewallHitJson[];
    /** What could not be looked at, and why. */
    readonly unknown: readonly string[];
  } | null;
}

export interface FirewallHitJson {
  /** `nft`, `iptables`, `ip6tables`, `ipset`, `ip route` or `hosts.deny`. */
  readonly tool: string;
  readonly where: string;
  /** The address, network or range as it is written there. */
  readonly entry: string;
  /** What becomes of its packets; null: nothing refers to the set it is in. */
  readonly verdict: string | null;
  readonly blocks: boolean;
}

export interface WhyJson {
  /** The word that was asked for. */
  readonly asked: string;
  /** Why it could not be looked up as a host name. */
  readonly lookup?: string;
  /** One for each address behind the word. */
  readonly subjects: readonly WhySubjectJson[];
  /** Commands that let all of it in; none when nothing is in the way. */
  readonly commands: readonly string[];
}

export function whyAsJson({ asked, lookup, subjects, commands }: WhyReport): WhyJson {
  return {
    asked,
    ...(lookup === undefined ? {} : { lookup }),
    subjects: subjects.map(subjectAsJson),
    commands,
  };
}

function subjectAsJson(subject: WhySubject): WhySubjectJson {
  const { id, family, bans, banCount, past, failing, ignored, strays, firewall } = subject;
  return {
    id,
    family: family ?? null,
    banned: bans.some(({ relation, standing }) => relation !== 'inside' && standing !== 'leaving'),
    bans: bans.map(banJson),
    banCount,
    past: past.map(({ relation, ban }): WhyPastJson => {
      const end = endOf(ban);
      return {
        jail: ban.jail,
        id: ban.id,
        relation,
        since: ban.timeSec,
        until: Number.isFinite(end) ? end : null,
        ended: ban.endedSec ?? ban.timeSec,
        endedBy: ban.endedBy ?? null,
        count: ban.banCount,
        failures: ban.failures,
        matches: ban.matches.map(matchAsJson),
      };
    }),
    failing: failing.map(
      ({ jail, failing: each, maxRetry, findTimeSec }): WhyFailingJson => ({
        jail,
        id: each.id,
        failures: each.failures,
        weight: each.weight,
        maxRetry,
        findTime: findTimeSec,
        since: each.sinceSec,
        last: each.timeSec,
        matches: each.matches.map(matchAsJson),
      }),
    ),
    ignored: ignored.map(({ jail, ignored: { by, rule } }) => ({ jail, by, rule })),
    strays,
    firewall: firewall
      ? {
          hits: firewall.hits.map(({ tool, where, entry, verdict, blocks }) => ({
            ...{ tool, where, entry, blocks },
            verdict: verdict ?? null,
          })),
          unknown: firewall.unknown,
        }
      : null,
  };
}

function banJson(each: WhyBan): WhyBanJson {
  return {
    ...banAsJson(each),
    relation: each.relation,
    configured: each.configured,
    firewall: Object.fromEntries(each.presence),
    matches: each.ban.matches.map(matchAsJson),
    command: each.command,
  };
}
