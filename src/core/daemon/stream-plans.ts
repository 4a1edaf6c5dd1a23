/**
 * Daemon: the commands by which a client sets jails up → their plans, as if the server had read the configuration itself.
 *
 * The commands are carried out on drafts at a desk of their own, so that nothing that runs sees them before all of them
 * are right. What a stream cannot say (f2b's own keys of actions, globs of logs) is taken from the server's own reading
 * of the configuration where that says the same otherwise.
 */
import { plain } from '../config/commands.js';
import { rulesOf } from '../config/field-options.js';
import type { ActionPlan, FilterPlan, JailPlan } from '../config/plans.js';
import { Desk, globalsOf } from '../control/desk.js';
import type { ServerFace } from '../control/server-face.js';
import { PyTuple, type Value } from '../control/values.js';
import { Carrier } from '../control/wire/serve-desk.js';
import { F2bError } from '../errors.js';
import { noLog } from '../events.js';
import type { JailFace } from '../jail/face.js';
import type { World } from '../jail/open-jail.js';
import { DraftJail } from './draft-jail.js';
import { meaningOf } from './plan-diff.js';
import type { FailedJail, Plans } from './server.js';

export interface StreamPlans extends Plans {
  /** Commands about the server as a whole (`set loglevel INFO`). */
  readonly others: readonly Value[];
}

/** @param own jails of the server's own configuration. @throws {F2bError} the first command that is refused */
export async function plansOfStream(
  stream: readonly Value[],
  own: readonly JailPlan[],
  world: World,
): Promise<StreamPlans> {
  const bench = new Bench(world, own);
  const others: Value[] = [];
  for (const command of stream) {
    if (isGlobal(command)) others.push(command);
    else await bench.carryOut(command);
  }
  const jails = bench.started();
  const settled = await Promise.all(
    jails.map(async (plan) => {
      const twin = own.find(({ name }) => name === plan.name);
      return twin ? completed(plan, twin, world) : plan;
    }),
  );
  return { jails: settled, skipped: bench.failed, disabled: [], others };
}

/** Drafts, and the desk at which they are made. */
class Bench {
  readonly failed: FailedJail[] = [];
  readonly #jails = new Map<string, DraftJail>();
  readonly #started = new Set<string>();
  readonly #carrier: Carrier;

  constructor(world: World, own: readonly JailPlan[]) {
    const quiet = { ...world, log: noLog };
    const jails = this.#jails;
    this.#carrier = new Carrier(
      new Desk({
        ...{ clock: world.clock, resolver: world.resolver, store: world.store },
        version: '',
        globals: globalsOf(undefined),
        jails: this.#jails as ReadonlyMap<string, JailFace>,
        save: () => {},
        server: {
          ...NO_SERVER,
          addJail(name, backend) {
            const draft = new DraftJail(name, backend, quiet);
            const twin = own.find((plan) => plan.name === name);
            if (twin?.filter.fields) draft.adopt(withFields(draft.plan, twin.filter.fields));
            jails.set(name, draft);
          },
          startJail: async (name) => void this.#started.add(name),
          configError: (message) => {
            const name = /'([^']*)'/.exec(message)?.[1] ?? '';
            this.failed.push({ name, message });
          },
        },
      }),
    );
  }

  async carryOut(command: Value): Promise<void> {
    await this.#carrier.out(command);
  }

  started(): readonly JailPlan[] {
    return [...this.#jails.values()].filter(({ name }) => this.#started.has(name)).map(({ plan }) => plan);
  }
}

/** A stream cannot say how lines are decoded, nor the conditions on their fields. */
function withFields(plan: JailPlan, fields: FilterPlan['fields']): JailPlan {
  return { ...plan, filter: { ...plan.filter, fields, failregex: rulesOf(fields, []) } };
}

/** The jail as the stream has it, and what only the server's own configuration can say. */
async function completed(plan: JailPlan, own: JailPlan, world: World): Promise<JailPlan> {
  const twin = await draftOf(own, world);
  if (twin && meaningOf(twin) === meaningOf(plan)) return own;
  const actions = plan.actions.map((action) => {
    const said = twin?.actions.find(({ name }) => name === action.name);
    const whole = own.actions.find(({ name }) => name === action.name);
    return said && whole && isSame(said, action) ? whole : action;
  });
  return { ...plan, actions, maxFailing: own.maxFailing };
}

/** What would come of the server's own plan if it were told as a stream. */
async function draftOf(own: JailPlan, world: World): Promise<JailPlan | undefined> {
  const bench = new Bench(world, [own]);
  try {
    for (const command of own.commands) await bench.carryOut(plain(command) as Value);
    await bench.carryOut(['start', own.name]);
  } catch (error) {
    if (!(error instanceof F2bError)) throw error;
    return undefined;
  }
  return bench.started()[0];
}

function isSame(a: ActionPlan, b: ActionPlan): boolean {
  return meaningOf(a) === meaningOf(b);
}

/** `set NAME VALUE`: a jail's has one word more at least, but a name of a jail may be anything. */
const GLOBALS = new Set([
  'loglevel',
  'logtarget',
  'syslogsocket',
  'dbfile',
  'dbmaxmatches',
  'dbpurgeage',
  'allowipv6',
  'thread',
]);

function isGlobal(command: Value): boolean {
  const words = command instanceof PyTuple ? command.items : command;
  if (!Array.isArray(words)) return false;
  return words[0] === 'set' && words.length === 3 && GLOBALS.has(String(words[1]));
}

function refuse(): never {
  throw new F2bError('stream', 'this is no command to set a jail up with');
}

const NO_SERVER: ServerFace = {
  logLevel: '',
  logTarget: '',
  syslogSocket: '',
  setLogLevel: refuse,
  setLogTarget: refuse,
  flushLogs: refuse,
  reload: refuse,
  addJail: refuse,
  startJail: refuse,
  stopJail: refuse,
  stop: refuse,
};
