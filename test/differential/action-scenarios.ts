/**
 * What actions are asked to do, for a real fail2ban and for ours: files of actions that write down the commands they are
 * expanded to, and steps. `@OUT@` stands for the file they write to, `@DIR@` for a folder whose files make commands fail.
 */

export type Step =
  | { readonly ban: string }
  /** A line of the log: `user` is what the client calls itself. */
  | { readonly fail: string; readonly user: string }
  | { readonly unban: string }
  | { readonly touch: string }
  | { readonly remove: string }
  | 'restart';

export interface Scenario {
  readonly name: string;
  /** Text of action.d/NAME.conf by name. */
  readonly actions: Readonly<Record<string, string>>;
  /** In the brackets of its only action. */
  readonly parameters?: string;
  readonly steps: readonly Step[];
}

const V4 = '192.0.2.1';
const V6 = '2001:db8::1';

/** Writes one line for each command; what is asked of `<…>` besides comes behind it. */
function recording(name: string, more: string, fails: Readonly<Record<string, string>> = {}): string {
  const steps = ['start', 'stop', 'ban', 'unban', ...Object.keys(fails)].filter(
    (s, i, all) => all.indexOf(s) === i,
  );
  const lines = steps.map((step) => {
    const about = /^(?:ban|unban)$/.test(step) ? '<ip> ' : '';
    return `action${step} = echo "${name} ${step} ${about}${more}" >> @OUT@${fails[step] ? `; ${fails[step]}` : ''}`;
  });
  return `[Definition]\n${lines.join('\n')}\n`;
}

const FAMILIES = '[Init]\nv = four\n[Init?family=inet6]\nv = six\n';
const unless = (file: string) => `test ! -e @DIR@/${file}`;

const TAGS =
  'fid=<fid> rev=<ip-rev> failures=<failures> bantime=<bantime> count=<bancount> restored=<restored> ' +
  'user=<F-USER> id=<F-ID> none=<F-NONE> unknown=<unknown> act=<actname> name=<name> br=<br>sp=<sp>. lower=<f-user> ' +
  'par=<par> timeout=<timeout> banned=<jail.banned>';

const HOSTILE = [
  "joe's",
  'a;b',
  '$(echo x) `echo y`',
  '"quoted" \\ back \\n',
  '* ? [a] {b} <c> (d) ^ ~ # & |',
  'jürgen',
  '-n',
];

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'tags of a ban',
    actions: {
      rec: `${recording('R', TAGS)
        .replaceAll('<ip> ', '<ip> <family> ')
        .replace(/actionstop.*\n/, '')}[Init]\npar = q;<x>\nx = z\n`,
    },
    steps: [{ ban: V4 }, { fail: '192.0.2.2', user: 'joe' }, { ban: V6 }, { unban: '192.0.2.2' }],
  },
  {
    name: 'raw ids',
    actions: { rec: recording('R', 'fam=<family> fid=<fid> rev=[<ip-rev>]') },
    steps: [{ ban: 'joe' }, { unban: 'joe' }],
  },
  {
    name: 'families start on demand',
    actions: { rec: recording('R', '<v> <family>') + FAMILIES },
    steps: [{ ban: V4 }, { ban: '192.0.2.2' }, { ban: V6 }, { unban: V4 }],
  },
  {
    name: 'commands that are the same for both families',
    actions: {
      rec: recording('R', '<v>').replace('R start <v>', 'R start').replace('R stop <v>', 'R stop') + FAMILIES,
    },
    steps: [{ ban: V4 }, { ban: V6 }],
  },
  {
    name: 'families by name, at the start',
    actions: { rec: `${recording('R', '<family>')}[Init]\nfamilies = inet4 inet6\n` },
    steps: [{ ban: V6 }, { ban: V4 }],
  },
  {
    name: 'on demand without families',
    actions: { rec: `${recording('R', '')}actionstart_on_demand = yes\n` },
    steps: [{ ban: V4 }, { ban: '192.0.2.2' }],
  },
  {
    name: 'never a ban, on demand',
    actions: { rec: recording('R', '<v>') + FAMILIES },
    steps: [],
  },
  {
    name: 'a failing ban, without actioncheck',
    actions: { rec: recording('R', '', { ban: unless('broken') }) },
    steps: [{ touch: 'broken' }, { ban: V4 }, { unban: V4 }, { remove: 'broken' }, { ban: '192.0.2.2' }],
  },
  {
    name: 'a failing ban while actioncheck succeeds',
    actions: { rec: recording('R', '<v>', { ban: unless('broken'), check: 'true' }) + FAMILIES },
    steps: [{ touch: 'broken' }, { ban: V4 }, { remove: 'broken' }, { ban: '192.0.2.2' }],
  },
  {
    name: 'stop and start when actioncheck fails',
    actions: {
      rec:
        recording('R', '<v>', {
          start: 'rm -f @DIR@/broken',
          ban: unless('broken'),
          check: unless('broken'),
        }) + FAMILIES,
    },
    steps: [{ ban: V4 }, { touch: 'broken' }, { ban: '192.0.2.2' }],
  },
  {
    name: 'actionrepair',
    actions: {
      rec:
        recording('R', '<v>', {
          ban: unless('broken'),
          check: unless('broken'),
          repair: 'rm -f @DIR@/broken',
        }) + FAMILIES,
    },
    steps: [{ ban: V4 }, { touch: 'broken' }, { ban: '192.0.2.2' }],
  },
  {
    name: 'an unban is not repaired',
    actions: {
      rec: recording('R', '<v>', { unban: unless('broken'), check: unless('broken') }) + FAMILIES,
    },
    steps: [{ ban: V4 }, { touch: 'broken' }, { unban: V4 }, { remove: 'broken' }],
  },
  {
    name: 'an unban that fails, without actioncheck',
    actions: { rec: recording('R', '', { unban: 'false' }) },
    steps: [{ ban: V4 }, { unban: V4 }],
  },
  {
    name: 'a timeout',
    actions: { rec: `${recording('R', '', { ban: 'sleep 5; echo late >> @OUT@' })}[Init]\ntimeout = 1\n` },
    steps: [{ ban: V4 }],
  },
  {
    name: 'actionflush in place of unbans',
    actions: { rec: recording('R', '<v>', { flush: 'true' }) + FAMILIES },
    steps: [{ ban: V4 }, { ban: '192.0.2.2' }, { ban: V6 }],
  },
  {
    name: 'actionflush where nothing is banned any more',
    actions: { rec: recording('R', '', { flush: 'true' }) },
    steps: [],
  },
  {
    name: 'several actions, the second fails',
    actions: {
      a: recording('A', ''),
      b: recording('B', '', { ban: 'false' }),
      c: recording('C', '<v>') + FAMILIES,
    },
    steps: [{ ban: V4 }, { unban: V4 }, { ban: '192.0.2.2' }],
  },
  {
    name: 'restored bans, and norestored',
    actions: {
      a: recording('A', 'restored=<restored> count=<bancount>'),
      b: `${recording('B', '')}norestored = true\n`,
    },
    steps: [{ ban: V4 }, 'restart', { ban: '192.0.2.2' }],
  },
  {
    name: 'dangerous values',
    actions: {
      rec: `[Definition]
actionban = printf '%%s\\n' "<F-USER>" "<F-USER> and <matches>" '<F-USER>' '<matches>' <F-USER> >> @OUT@
actionunban = echo "<F-USER>" >> @OUT@
`,
    },
    steps: HOSTILE.map((user, i) => ({ fail: `192.0.2.${10 + i}`, user })),
  },
  {
    name: 'parameters of the action',
    actions: {
      rec: `${recording('R', 'p=<port> c=<chain> <type-<type>>')}[Init]\nport = 22\nchain = f2b-<name>\ntype = b\ntype-a = is a\ntype-b = is b\n`,
    },
    parameters: 'port="1,2", name=other, type=a',
    steps: [{ ban: V4 }],
  },
];
