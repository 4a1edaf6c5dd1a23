/**
 * `f2b server`: follows the logs of all enabled jails and bans, until it is stopped.
 */
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from './base.js';

export default class ServerCommand extends BaseCommand {
  static override summary = 'Run the server: follow the logs, ban and unban.';
  static override description = [
    'Stays in the foreground, as systemd wants it; with --background it answers once the server is ready, and leaves it running.',
    'Stop it with f2b stop or SIGTERM. SIGUSR1 opens the log anew after a rotation.',
  ].join('\n\n');
  static override examples = ['<%= config.bin %> server', '<%= config.bin %> server -b -c /etc/fail2ban'];
  static override enableJsonFlag = false;
  static override flags = {
    config: Flags.string({
      char: 'c',
      helpValue: 'DIR',
      summary: 'folder of the configuration (default: $F2B_CONFIG, /etc/f2b, /etc/fail2ban)',
    }),
    socket: Flags.string({ char: 's', helpValue: 'FILE', summary: 'socket, instead of the configured one' }),
    pidfile: Flags.string({
      char: 'p',
      helpValue: 'FILE',
      summary: 'pid file, instead of the configured one',
    }),
    loglevel: Flags.string({ helpValue: 'LEVEL', summary: 'log level, instead of the configured one' }),
    logtarget: Flags.string({ helpValue: 'TARGET', summary: 'log target, instead of the configured one' }),
    syslogsocket: Flags.string({
      helpValue: 'SOCKET',
      summary: 'syslog socket, instead of the configured one',
    }),
    foreground: Flags.boolean({ char: 'f', summary: 'stay in the foreground (the default)' }),
    background: Flags.boolean({
      char: 'b',
      summary: 'leave the server running in the background',
      exclusive: ['foreground'],
    }),
    force: Flags.boolean({ char: 'x', summary: 'take over a socket that nobody listens on' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ServerCommand);
    const { runServer, startInBackground } = await import('./server-run.js');
    const { background, config, force, socket, pidfile, loglevel, logtarget, syslogsocket } = flags;
    const given = Object.entries({ socket, pidfile, loglevel, logtarget, syslogsocket });
    const overrides = Object.fromEntries(
      given.filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    const wanted = { config, root: this.config.root, force, overrides };
    return background ? startInBackground(wanted) : runServer(wanted);
  }
}
