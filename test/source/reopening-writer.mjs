// A worker that writes numbered lines, a few at a time, and opens its log anew now and then, as a program does that is told
// of rotations late. Says how many lines it has written when it is asked to pause or to end.
import { closeSync, openSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const { path, copies } = workerData;
let lines = 0;
let turns = 0;
let log = openSync(path, 'a', 0o600);
let isPaused = false;

function reopen() {
  closeSync(log);
  log = openSync(path, 'a', 0o600);
}

const timer = setInterval(() => {
  if (isPaused) return;
  if (!copies && ++turns % 40 === 0) reopen();
  for (let i = 0; i < 5; i++) {
    const line = `${lines++} ${'x'.repeat(Math.random() * 80)}\n`;
    const cut = Math.random() < 0.2 ? 3 : line.length;
    writeSync(log, line.slice(0, cut));
    if (cut < line.length) writeSync(log, line.slice(cut));
  }
}, 2);

parentPort.on('message', (word) => {
  if (word === 'reopen') {
    reopen();
    parentPort.postMessage(lines);
    return;
  }
  isPaused = word !== 'go on';
  if (word === 'end') clearInterval(timer);
  if (isPaused) parentPort.postMessage(lines);
});
