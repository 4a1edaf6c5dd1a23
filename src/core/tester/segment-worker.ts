/**
 * The thread that does the other side of a test in segments (look-ahead.ts). Gets its SegmentSetup as its only message,
 * sends SegmentNotes, and ends.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createResolver } from '../net/dns.js';
import { lookAhead } from './look-ahead.js';
import type { OtherThreadOptions } from './other-thread.js';
import type { SegmentSetup } from './segment.js';

const { ipv6 } = workerData as OtherThreadOptions;

parentPort?.once('message', async (setup: SegmentSetup) => {
  for await (const note of lookAhead(setup, createResolver({ ipv6 }))) parentPort?.postMessage(note);
  parentPort?.close();
});
