/**
 * Every command by the name it is called by. oclif finds them here (package.json, oclif.commands).
 */
import BannedCommand from './commands/banned.js';
import CheckCommand from './commands/check.js';
import DumpCommand from './commands/dump.js';
import GetCommand from './commands/get.js';
import ImportCommand from './commands/import.js';
import RegexCommand from './commands/regex.js';
import ReloadCommand from './commands/reload.js';
import ReplayCommand from './commands/replay.js';
import ScanCommand from './commands/scan.js';
import ServerCommand from './commands/server.js';
import SetCommand from './commands/set.js';
import StatsCommand from './commands/stats.js';
import StatusCommand from './commands/status.js';
import UnbanCommand from './commands/unban.js';
import WhyCommand from './commands/why.js';

export const COMMANDS = {
  banned: BannedCommand,
  check: CheckCommand,
  dump: DumpCommand,
  get: GetCommand,
  import: ImportCommand,
  regex: RegexCommand,
  replay: ReplayCommand,
  reload: ReloadCommand,
  scan: ScanCommand,
  server: ServerCommand,
  set: SetCommand,
  stats: StatsCommand,
  status: StatusCommand,
  unban: UnbanCommand,
  why: WhyCommand,
};
