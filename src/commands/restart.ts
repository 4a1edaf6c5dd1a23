/** `f2b restart`: another server takes over; `f2b restart JAIL`: one jail begins anew. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { DeskCommand } from './desk-command.js';
import { given, SERVER_FLAGS } from './server-flags.js';

export default class RestartCommand extends DeskCommand {
  static override summary = 'Restart the server without letting anybody in, or one jail.';
  static override description = [
    'The old server leaves its bans in the firewall, the new one goes on from there: nobody is unbanned meanwhile, and nobody is told of a ban twice. Where none runs, one is started.',
    'With systemd, use systemctl restart f2b instead, which does the same.',
    'With JAIL: its bans are taken back, its actions stopped, and all of it begun anew by the configuration.',
  ].join('\n\n');
  static override examples = ['<%= config.bin %> restart', '<%= config.bin %> restart --unban sshd'];
  static override args = {
    JAIL: Args.string({ description: 'restart this jail only', ignoreStdin: true }),
  };
  static override flags = {
    ...SERVER_FLAGS,
    unban: Flags.boolean({ summary: 'with JAIL: let everybody in' }),
    'if-exists': Flags.boolean({ summary: 'with JAIL: no error if there is none' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(RestartCommand);
    const { config, socket, force, unban, 'if-exists': ifExists, ...others } = flags;
    const root = this.config.root;
    if (args.JAIL !== undefined) {
      const { runCommand } = await import('./reply-run.js');
      const options = { config, socket, waitSec: undefined, from: undefined };
      const words = ['reload', '--restart'];
      if (unban) words.push('--unban');
      if (ifExists) words.push('--if-exists');
      return runCommand({ words: [...words, args.JAIL], options, json: this.jsonEnabled(), root });
    }
    const { pidfile, loglevel, logtarget, syslogsocket } = others;
    const overrides = given({ socket, pidfile, loglevel, logtarget, syslogsocket });
    const { stopServer } = await import('./server-stop.js');
    const { startInBackground } = await import('./server-start.js');
    const { assertStartable } = await import('./server-check.js');
    assertStartable({ config, root, overrides });
    await stopServer({ config, socket, root, keep: true });
    await startInBackground({ config, root, force: force ?? false, overrides });
    if (this.jsonEnabled()) return { status: 'ready' };
    process.stdout.write('Server ready\n');
    return undefined;
  }
}
