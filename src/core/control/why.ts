/**
 * Control stage: why is this address locked out, or is it at all? Everything that the jails, the store and the firewall
 * know of it, in one record: the question that nobody can answer when customers lose their mail.
 *
 * A word (address, network, raw id or host name) → for each id behind it: bans that stand, networks that hold it, what the
 * firewall says, bans of the past, failures that count now, rules that protect it, and the commands that let it in.
 * Changes nothing. Source of the lines and expressions: the store.
 */
import type { Presence } from '../action/actions.js';
import type { FirewallSearch } from '../action/search-firewall.js';
import type { Ignored } from '../filter/ignore.js';
import type { JailFace } from '../jail/face.js';
import { type IpAddress, parseAddress } from '../net/address.js';
import type { Ban, BanId, Failing, PastBan } from '../records.js';
import { type Desk, idsBehind } from './desk.js';
import { type StandingBan, standingBans, standingOf } from './standing.js';

/** How a ban concerns who was asked for: it is the very one, a network that holds it, or inside the network asked for. */
export type Relation = 'itself' | 'holds-it' | 'inside';

export interface WhyBan extends StandingBan {
  readonly relation: Relation;
  /** The jail is in the configuration. */
  readonly configured: boolean;
  /** What the firewall says, by action. */
  readonly presence: ReadonlyMap<string, Presence>;
  /** What lets it in. */
  readonly command: string;
}

export interface WhyPast {
  readonly relation: Relation;
  readonly ban: PastBan;
}

export interface WhyFailing {
  readonly jail: string;
  readonly failing: Failing;
  readonly maxRetry: number;
  readonly findTimeSec: number;
}

export interface WhyIgnored {
  readonly jail: string;
  readonly ignored: Ignored;
}

/** An action's firewall holds it although the jail knows of no ban: a left-over. */
export interface WhyStray {
  readonly jail: string;
  readonly action: string;
}

export interface WhySubject extends BanId {
  readonly bans: readonly WhyBan[];
  /** Of these at most so many are in `bans`. */
  readonly banCount: number;
  /** Newest first. */
  readonly past: readonly WhyPast[];
  readonly failing: readonly WhyFailing[];
  readonly ignored: readonly WhyIgnored[];
  readonly strays: readonly WhyStray[];
  /** Where this machine's firewall knows it, whoever wrote that; undefined where nobody looked. */
  readonly firewall: FirewallSearch | undefined;
}

export interface WhyOptions {
  /** Looks through the whole firewall. */
  readonly search?: ((address: IpAddress) => Promise<FirewallSearch>) | undefined;
}

export interface WhyReport {
  readonly asked: string;
  readonly nowSec: number;
  /** Why a host name could not be looked up. */
  readonly lookup: string | undefined;
  readonly subjects: readonly WhySubject[];
  /** What lets all of it in; empty when nothing is in the way. */
  readonly commands: readonly string[];
}

/** A network may hold thousands. */
const MAX_INSIDE = 20;
const MAX_PAST = 10;

/** @throws {CommandError} an empty word */
export async function explain(desk: Desk, asked: string, options: WhyOptions = {}): Promise<WhyReport> {
  const ids = await idsBehind(asked, desk.resolver);
  const [own] = ids;
  const isName = ids.length > 1;
  const lookup =
    own && own.family === undefined && !isName ? (await desk.resolver.resolve(asked)).error : undefined;
  const subjects: WhySubject[] = [];
  for (const id of ids) {
    const subject = await explainId(desk, id, options);
    // A name itself is only worth telling of where somebody banned it as it stands.
    if (isName && id === own && isEmpty(subject)) continue;
    subjects.push(subject);
  }
  return { asked, nowSec: desk.clock.nowSec(), lookup, subjects, commands: commandsFor(subjects) };
}

function isEmpty({ bans, past, failing, strays }: WhySubject): boolean {
  return bans.length + past.length + failing.length + strays.length === 0;
}

async function explainId(desk: Desk, id: BanId, { search }: WhyOptions): Promise<WhySubject> {
  const address = id.family === undefined ? undefined : parseAddress(id.id);
  const bans: WhyBan[] = [];
  const failing: WhyFailing[] = [];
  const ignored: WhyIgnored[] = [];
  const strays: WhyStray[] = [];
  let banCount = 0;
  for (const jail of desk.jails.values()) {
    const found = related(standingBans(desk, jail), { id, address });
    banCount += found.length;
    bans.push(...(await withPresence(jail, found.slice(0, MAX_INSIDE))));
    strays.push(...(await straysOf(jail, { id, bans: found, address, nowSec: desk.clock.nowSec() })));
    const { maxRetry, findTimeSec } = jail.settings;
    const isMeant = (other: string) =>
      other === id.id || (address !== undefined && !address.isSingle && isInside(address, other));
    for (const each of jail.failing(isMeant)) {
      failing.push({ jail: jail.name, failing: each, maxRetry, findTimeSec });
    }
    const rule = await protection(jail, id, desk.clock.nowSec());
    if (rule) ignored.push({ jail: jail.name, ignored: rule });
  }
  const gone = bansOfGoneJails(desk, { id, address });
  return {
    ...id,
    bans: [...bans, ...gone],
    banCount: banCount + gone.length,
    past: pastOf(desk, { id, address }),
    failing,
    ignored,
    strays,
    firewall: address && (await search?.(address)),
  };
}

/** Rules that keep it out although no jail wants that. */
export function strayHits({ bans, firewall }: WhySubject): FirewallSearch['hits'] {
  if (bans.some(({ relation }) => relation !== 'inside')) return [];
  return firewall?.hits.filter(({ blocks }) => blocks) ?? [];
}

interface Target {
  readonly id: BanId;
  readonly address: IpAddress | undefined;
}

type Found = StandingBan & { readonly relation: Relation };

/** The ban itself first, then networks that hold it, then what is inside. */
function related(bans: readonly StandingBan[], target: Target): Found[] {
  const found = bans.flatMap((each): Found[] => {
    const relation = relationOf(each.ban.id, target);
    return relation ? [{ ...each, relation }] : [];
  });
  const order: readonly Relation[] = ['itself', 'holds-it', 'inside'];
  return found.sort((a, b) => order.indexOf(a.relation) - order.indexOf(b.relation));
}

function relationOf(other: string, { id, address }: Target): Relation | undefined {
  if (other === id.id) return 'itself';
  if (!address || (address.isSingle && !other.includes('/'))) return undefined;
  const network = parseAddress(other);
  if (!network) return undefined;
  if (network.contains(address)) return 'holds-it';
  return address.contains(network) ? 'inside' : undefined;
}

function isInside(network: IpAddress, id: string): boolean {
  const address = parseAddress(id);
  return address !== undefined && network.contains(address);
}

async function withPresence(jail: JailFace, found: readonly Found[]): Promise<WhyBan[]> {
  if (found.length === 0) return [];
  const presence = await jail.actions.verify(found.map(({ ban }) => ban));
  return found.map((each) => ({
    ...each,
    configured: true,
    presence: presence.get(each.ban.id) ?? new Map(),
    command: `f2b set ${jail.name} unbanip ${each.ban.id}`,
  }));
}

/** Asks the firewall about somebody whom the jail does not ban. */
async function straysOf(
  jail: JailFace,
  { id, bans, nowSec }: Target & { readonly bans: readonly Found[]; readonly nowSec: number },
): Promise<WhyStray[]> {
  if (id.family === undefined || bans.some(({ relation }) => relation !== 'inside')) return [];
  const nobody: Ban = {
    ...id,
    jail: jail.name,
    timeSec: nowSec,
    timeKind: 'float',
    banTimeSec: jail.settings.banTimeSec,
    banCount: 1,
    failures: 0,
    matches: [],
    data: {},
    restored: false,
    origin: 'manual',
  };
  const presence = (await jail.actions.verify([nobody])).get(id.id) ?? new Map<string, Presence>();
  return [...presence]
    .filter(([, state]) => state === 'present')
    .map(([action]) => ({ jail: jail.name, action }));
}

async function protection(jail: JailFace, id: BanId, nowSec: number): Promise<Ignored | undefined> {
  const context = {
    jail: jail.name,
    timeSec: nowSec,
    timeKind: 'float',
    failures: 1,
    matches: [],
    data: {},
  } as const;
  return jail.ignore.judge(id, context);
}

/** Jails that are off or gone may still hold bans: the next scan takes them back. */
function bansOfGoneJails(desk: Desk, target: Target): WhyBan[] {
  const gone = desk.store.jails().filter((name) => !desk.jails.has(name));
  return gone.flatMap((name) => {
    const bans = desk.store.bans(name).map((ban) => standingOf(ban, []));
    return related(bans, target)
      .slice(0, MAX_INSIDE)
      .map((each) => ({ ...each, configured: false, presence: new Map(), command: 'f2b scan' }));
  });
}

/** The id itself, and networks that hold it. What still stands is no past. */
function pastOf(desk: Desk, { id, address }: Target): WhyPast[] {
  const own = desk.store
    .past({ id: id.id, limit: MAX_PAST })
    .map((ban) => ({ relation: 'itself' as const, ban }));
  const networks = address ? networksAround(address) : [];
  const held = networks.flatMap((network) =>
    desk.store.past({ id: network, limit: MAX_PAST }).map((ban) => ({ relation: 'holds-it' as const, ban })),
  );
  return [...own, ...held]
    .filter(({ ban }) => ban.endedSec !== undefined)
    .sort((a, b) => b.ban.timeSec - a.ban.timeSec)
    .slice(0, MAX_PAST);
}

function networksAround(address: IpAddress): string[] {
  return Array.from({ length: address.prefix - 1 }, (_, i) => {
    const prefix = address.prefix - 1 - i;
    return parseAddress(`${address.text.split('/')[0]}/${prefix}`)?.text ?? '';
  });
}

/** As few as possible: one command for all jails that hold the very id. */
function commandsFor(subjects: readonly WhySubject[]): string[] {
  const commands = new Set<string>();
  for (const subject of subjects) {
    const { id, bans } = subject;
    const itself = bans.filter(({ relation, configured }) => relation === 'itself' && configured);
    if (itself.length > 1) commands.add(`f2b unban ${id}`);
    else for (const { command } of itself) commands.add(command);
    for (const { relation, configured, command } of bans) {
      if (relation === 'holds-it' || !configured) commands.add(command);
    }
    if (bans.some(({ relation }) => relation === 'inside')) commands.add(`f2b unban ${id}`);
    for (const { undo } of strayHits(subject)) if (undo !== undefined) commands.add(undo);
  }
  return [...commands];
}
