/**
 * View: a progress bar on standard error while a long log is read. Only on a terminal, only once it takes a while,
 * and gone without a trace when it ends.
 */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  update(readBytes: number, lines: number): void;
  stop(): void;
}

export const NO_PROGRESS: Progress = { update: () => {}, stop: () => {} };

/** Files below this are done before a bar could be read. */
const WORTHWHILE_BYTES = 4 * 1024 * 1024;
const SHOW_AFTER_MS = 400;
const BYTES_IN_MB = 1e6;

export function createProgress(stream: NodeJS.WriteStream, sizeBytes: number | undefined): Progress {
  if (!stream.isTTY || sizeBytes === undefined || sizeBytes < WORTHWHILE_BYTES) return NO_PROGRESS;
  const startMs = performance.now();
  let bar: SingleBar | undefined;
  return {
    update(readBytes, lines) {
      const elapsedMs = performance.now() - startMs;
      if (elapsedMs < SHOW_AFTER_MS) return;
      const speed = Math.round(lines / (elapsedMs / 1000)).toLocaleString('en');
      const payload = { mb: (readBytes / BYTES_IN_MB).toFixed(0), speed };
      if (bar) bar.update(readBytes, payload);
      else {
        const total = (sizeBytes / BYTES_IN_MB).toFixed(0);
        bar = new SingleBar(
          {
            stream,
            format: ` {bar} {percentage}%  {mb}/${total} MB  {speed} lines/s  {eta_formatted} left`,
            hideCursor: true,
            clearOnComplete: true,
            stopOnComplete: true,
            etaBuffer: 50,
          },
          Presets.shades_classic,
        );
        bar.start(sizeBytes, readBytes, payload);
        // Ctrl-C must not leave half a bar and a hidden cursor.
        process.once('exit', () => bar?.stop());
      }
    },
    stop: () => bar?.stop(),
  };
}
