/** What systemd hears of a server, and what its signals do. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { afterEach, expect, test } from '@jest/globals';
import { ServerSite } from './server-site.js';

let site: ServerSite | undefined;
let listener: ChildProcess | undefined;

afterEach(async () => {
  listener?.kill();
  await site?.end();
});

const absent = ['python3', 'systemd-notify'].filter((tool) => spawnSync('which', [tool]).status !== 0);
const why = absent.length === 0 ? '' : ` (needs ${absent.join(', ')})`;

/** A socket such as systemd listens on; node has no datagrams. */
const LISTEN = `
import socket, sys
wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
wire.bind(sys.argv[1])
print('listens', flush=True)
while True:
    # Files that come with a message are let go: that is what systemd-notify waits for.
    print(wire.recv(4096).decode().replace(chr(10), ' '), flush=True)
`;

(why === '' ? test : test.skip)(
  `systemd is told that the server is ready, lives and stops${why}`,
  async () => {
    site = new ServerSite({
      through: ['env', 'NOTIFY_SOCKET=DIR/notify', 'WATCHDOG_USEC=1000000'],
    });
    const at = site;
    let heard = '';
    listener = spawn('python3', ['-c', LISTEN, at.at('notify')], { stdio: ['ignore', 'pipe', 'inherit'] });
    listener.stdout?.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    const times = (word: string) => heard.split(word).length - 1;
    await at.until('somebody listens', () => heard.includes('listens'));
    at.write('one.log', '');
    const { child } = await at.up();
    await at.until('it is ready', () => times('READY=1') === 1);
    expect(heard).toContain(`MAINPID=${child.pid}`);
    const before = times('WATCHDOG=1');
    await at.until('it shows that it lives', () => times('WATCHDOG=1') >= before + 3);
    expect(times('STOPPING=1')).toBe(0);
    await at.down();
    await at.until('it stops', () => times('STOPPING=1') === 1);
    expect(times('READY=1')).toBe(1);
  },
  60_000,
);

test('with the signal of a restart rules stay, and the next server goes on from them without a second ban', async () => {
  site = new ServerSite();
  site.write('one.log', '');
  await site.up();
  site.attack('192.0.2.1');
  await site.until('it is banned', () => site?.rules().size === 1);
  await site.mailed(1);
  expect((await site.down('SIGUSR2')).status).toBe(0);
  expect(site.rules()).toEqual(new Map([['192.0.2.1', 1]]));
  site.attack('192.0.2.2');
  await site.up();
  await site.until('who came meanwhile is banned, too', () => site?.rules().size === 2);
  expect([...site.rules().values()]).toEqual([1, 1]);
  expect(await site.mailed(2)).toEqual(['192.0.2.1', '192.0.2.2']);
  expect(site.read('fw-one.calls')).toBe('start\n');
  // And any other end takes them out.
  await site.down('SIGINT');
  expect(site.rules().size).toBe(0);
  expect(site.read('fw-one.calls')).toBe('start\nstop\n');
}, 60_000);
