/**
 * How a record becomes a line: fail2ban's layout, or the one that `logtarget = FILE[format="…", datetime=off]` asks for.
 *
 * Options of a log target → (record → line). `format` is a format of Python's logging module: the fields that a log line
 * can have. Source: client.md §7.
 */
import { LEVELS, type LogRecord } from '../events.js';
import { asciiTime, type LineContext, oneLine } from './log-line.js';

export interface FormatOptions {
  /** Python's, instead of the rest. */
  readonly format?: string | undefined;
  /** Begin with the time. */
  readonly datetime: boolean;
  /** Names and levels in columns. */
  readonly padding: boolean;
}

export type Format = (record: LogRecord, context: LineContext) => string;

const NAME_WIDTH = 24;
const LEVEL_WIDTH = 7;
/** `%(name)-24s`, `%(levelname)s`, `%%`. */
const FIELD = /%(?:%|\((\w+)\)(-?)(\d*)([sd]))/g;

export function makeFormat({ format, datetime, padding }: FormatOptions): Format {
  if (format !== undefined) {
    return (record, context) =>
      `${format.replace(FIELD, (whole, name?: string, left?: string, width?: string) => {
        if (name === undefined) return '%';
        const value = fieldValue(name, record, context);
        if (value === undefined) return whole;
        const size = Number(width || 0);
        return left === '-' ? value.padEnd(size) : value.padStart(size);
      })}\n`;
  }
  const pad = (text: string, width: number) => (padding ? text.padEnd(width) : text);
  return (record, { nowSec, pid }) => {
    const time = datetime ? `${asciiTime(nowSec)} ` : '';
    const name = pad(`fail2ban.${record.logger}`, NAME_WIDTH);
    return `${time}${name}[${pid}]: ${pad(record.level, LEVEL_WIDTH)} ${oneLine(record.message)}\n`;
  };
}

/** Undefined: a field that a line of ours does not have. */
function fieldValue(
  name: string,
  { logger, level, message }: LogRecord,
  { nowSec, pid }: LineContext,
): string | undefined {
  switch (name) {
    case 'asctime':
      return asciiTime(nowSec);
    case 'name':
      return `fail2ban.${logger}`;
    case 'process':
      return String(pid);
    case 'levelname':
      return level;
    case 'levelno':
      return String(LEVELS[level]);
    case 'message':
      return oneLine(message);
    case 'created':
      return String(nowSec);
    case 'msecs':
      return String(Math.floor((nowSec % 1) * 1000));
    case 'threadName':
    case 'processName':
      return 'MainThread';
    case 'thread':
      return String(pid);
    default:
      return undefined;
  }
}
