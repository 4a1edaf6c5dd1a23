// Takes the writer lock of a store and keeps it until it is killed: `STORE [GRANDCHILD]`.
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { systemClock } from '../../../src/core/clock.js';
import { acquireLock } from '../../../src/core/store/lock.js';

const [store = '', grandchild] = process.argv.slice(2);
await acquireLock(store, { waitMs: 0, clock: systemClock, command: 'f2b scan' });
const child = grandchild && spawn('sleep', ['20'], { detached: true, stdio: 'ignore' });
writeSync(1, `${child ? child.pid : 'held'}\n`);
setInterval(() => {}, 1000);
