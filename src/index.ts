/**
 * Every command by the name it is called by. oclif finds them here (package.json, oclif.commands).
 */
import BannedCommand from './commands/banned.js';
import CheckCommand from './commands/check.js';
import ClientCommand from './commands/client.js';
import CompletionCommand from './commands/completion.js';
import DumpCommand from './commands/dump.js';
import FlushLogsCommand from './commands/flushlogs.js';
import GetCommand from './commands/get.js';
import ImportCommand from './commands/import.js';
import LinkCommand from './commands/link.js';
import ListCommand from './commands/list.js';
import PingCommand from './commands/ping.js';
import RegexCommand from './commands/regex.js';
import ReloadCommand from './commands/reload.js';
import ReplayCommand from './commands/replay.js';
import RestartCommand from './commands/restart.js';
import ScanCommand from './commands/scan.js';
import ServerCommand from './commands/server.js';
import SetCommand from './commands/set.js';
import ShowCommand from './commands/show.js';
import StartCommand from './commands/start.js';
import StatsCommand from './commands/stats.js';
import StatusCommand from './commands/status.js';
import StopCommand from './commands/stop.js';
import UnbanCommand from './commands/unban.js';
import WhyCommand from './commands/why.js';

export const COMMANDS = {
  banned: BannedCommand,
  check: CheckCommand,
  client: ClientCommand,
  completion: CompletionCommand,
  dump: DumpCommand,
  flushlogs: FlushLogsCommand,
  get: GetCommand,
  import: ImportCommand,
  link: LinkCommand,
  list: ListCommand,
  ping: PingCommand,
  regex: RegexCommand,
  replay: ReplayCommand,
  reload: ReloadCommand,
  restart: RestartCommand,
  scan: ScanCommand,
  server: ServerCommand,
  set: SetCommand,
  show: ShowCommand,
  start: StartCommand,
  stats: StatsCommand,
  status: StatusCommand,
  stop: StopCommand,
  unban: UnbanCommand,
  why: WhyCommand,
};
