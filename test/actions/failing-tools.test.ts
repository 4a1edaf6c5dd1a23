/** A tool that fails never makes a ban that is in force (P12): every shipped action, with stand-ins that all fail. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Lab, missing, root } from './lab.js';

const why = missing();
if (why !== undefined) console.warn(`shipped actions are not tested with tools that fail: ${why}`);

/** These write files themselves, or tell nobody unless asked to. */
const WITHOUT_TOOLS = ['dummy', 'hostsdeny'];
const names = readdirSync(join(root, 'action.d'))
  .filter((name) => name.endsWith('.conf') && !name.includes('-common'))
  .map((name) => name.replace(/\.conf$/, ''))
  .filter((name) => !WITHOUT_TOOLS.includes(name));

const TOOLS =
  'iptables ip6tables iptables-restore ip6tables-restore ipset nft ip ufw ipfw pfctl npfctl ipf ipfstat apf csf ' +
  'firewall-cmd shorewall shorewall6 afctl ssh curl apprise mail sendmail dig nsupdate nginx';

/** Parameters that let an action get as far as its tool. */
function parameters(name: string, folder: string): string {
  const files = `tmpfile=${folder}/waiting-${name},lines=1,startstatefile=${folder}/started`;
  const more = `blck_lst_file=${folder}/map,recent=${folder},blacklist_dir=${folder},minreportinterval=0`;
  const programs = 'nsupdatecmd=nsupdate,afctl=afctl';
  const mail = /mail|xarf/.test(name)
    ? `,mailcmd="${name.startsWith('sendmail') || name.startsWith('xarf') ? 'sendmail' : 'mail'} x"`
    : '';
  return `${name}[${files},${more},${programs}${mail}]`;
}

(why === undefined ? describe : describe.skip)('with tools that fail', () => {
  let lab: Lab;
  let path: string;
  let folder: string;
  beforeAll(async () => {
    lab = await Lab.open();
    folder = join(lab.scratch, 'work');
    mkdirSync(folder);
    for (const file of ['map', 'f2b-j', 'f2b-j6']) writeFileSync(join(folder, file), '');
    const does = 'echo "the tool has failed" >&2; exit 3';
    const failing = Object.fromEntries(TOOLS.split(' ').map((tool) => [tool, does]));
    // With it the engine gets into its network namespace.
    const real = lab.sh('command -v ip').trim();
    path = lab.tools({ ...failing, ip: `[ "$1" != netns ] || exec ${real} "$@"\n${does}` });
  });
  afterAll(() => lab?.close());

  test.each(names)('%s bans nobody, and says why', async (name) => {
    const engine = lab.engine(parameters(name, folder), { path });
    await engine.start();
    for (const ids of [['192.0.2.1'], ['2001:db8::1'], ['192.0.2.2', '192.0.2.3']]) {
      const { failed } = await engine.ban(ids);
      expect(failed.map(({ id }) => id)).toEqual(ids);
      for (const { reason } of failed) expect(reason).toMatch(/failed|3/);
    }
    await engine.stop();
    engine.end();
  });
});
