/**
 * `f2b server`: follows the logs of all enabled jails and bans, until it is stopped.
 */
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from './base.js';
import { given, SERVER_FLAGS } from './server-flags.js';

export default class ServerCommand extends BaseCommand {
  static override summary = 'Run the server: follow the logs, ban and unban.';
  static override description = [
    'Stays in the foreground, as systemd wants it; with --background it answers once the server is ready, and leaves it running.',
    'Stop it with f2b stop or SIGTERM. SIGUSR1 opens the log anew after a rotation.',
  ].join('\n\n');
  static override examples = ['<%= config.bin %> server', '<%= config.bin %> server -b -c /etc/fail2ban'];
  static override enableJsonFlag = false;
  static override flags = {
    ...SERVER_FLAGS,
    foreground: Flags.boolean({ char: 'f', summary: 'stay in the foreground (the default)' }),
    background: Flags.boolean({
      char: 'b',
      summary: 'leave the server running in the background',
      exclusive: ['foreground'],
    }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ServerCommand);
    const { background, config, force, socket, pidfile, loglevel, logtarget, syslogsocket } = flags;
    const overrides = given({ socket, pidfile, loglevel, logtarget, syslogsocket });
    // oclif leaves a flag out that is not given.
    const wanted = { config, root: this.config.root, force: force ?? false, overrides };
    if (!background) {
      const { runServer } = await import('./server-run.js');
      return runServer(wanted);
    }
    const { startInBackground } = await import('./server-start.js');
    await startInBackground(wanted);
    process.stdout.write('Server ready\n');
    return undefined;
  }
}
