// Adds one to a number in a file under the writer lock, in a way that loses counts when two do it at once: `STORE FILE`.
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../src/core/clock.js';
import { acquireLock } from '../../../src/core/store/lock.js';

const [store = '', file = ''] = process.argv.slice(2);
const lock = await acquireLock(store, { waitMs: 60_000, clock: systemClock, command: 'f2b scan' });
const count = Number(readFileSync(file, 'utf8'));
await sleep(10);
writeFileSync(file, String(count + 1));
lock.release();
