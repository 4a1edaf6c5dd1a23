/** `f2b start`: a server in the background; `f2b start JAIL`: a jail that commands have made. */
import * as Args from '@oclif/core/args';
import { DeskCommand } from './desk-command.js';
import { given, SERVER_FLAGS } from './server-flags.js';

export default class StartCommand extends DeskCommand {
  static override summary = 'Start the server in the background, or one jail.';
  static override description = [
    'Answers once the server is ready and leaves it running; a server that cannot start says why, and the exit code is 255.',
    'With systemd, start it with systemctl start f2b instead, so that systemd looks after it.',
    'With JAIL: starts a jail that was made with f2b add and f2b set.',
  ].join('\n\n');
  static override examples = ['<%= config.bin %> start', '<%= config.bin %> start -c /etc/fail2ban'];
  static override args = {
    JAIL: Args.string({ description: 'start this jail of a running server', ignoreStdin: true }),
  };
  static override flags = SERVER_FLAGS;

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(StartCommand);
    const { config, force, socket, ...others } = flags;
    const root = this.config.root;
    if (args.JAIL !== undefined) {
      const { runCommand } = await import('./reply-run.js');
      const options = { config, socket, waitSec: undefined, from: undefined };
      return runCommand({ words: ['start', args.JAIL], options, json: this.jsonEnabled(), root });
    }
    const { pidfile, loglevel, logtarget, syslogsocket } = others;
    const overrides = given({ socket, pidfile, loglevel, logtarget, syslogsocket });
    const { startInBackground } = await import('./server-start.js');
    await startInBackground({ config, root, force: force ?? false, overrides });
    if (this.jsonEnabled()) return { status: 'ready' };
    process.stdout.write('Server ready\n');
    return undefined;
  }
}
