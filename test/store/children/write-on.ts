// Writes numbered steps to a store, one transaction each, and says each number when it is done: `STORE FIRST`.
import { writeSync } from 'node:fs';
import { systemClock } from '../../../src/core/clock.js';
import { openForWriting } from '../../../src/core/store/open.js';
import { writeStep } from '../steps.js';

const [path = '', first = '0'] = process.argv.slice(2);
const store = await openForWriting(path, { waitMs: 5000, clock: systemClock, command: 'f2b scan' });
for (let step = Number(first); ; step++) {
  writeStep(store, step);
  writeSync(1, `${step}\n`);
}
