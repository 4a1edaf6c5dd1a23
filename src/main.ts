/**
 * Starts the command line: `bin/run.js` → oclif → the command; or, under a name of fail2ban's, what that program does.
 * What no command has caught ends here.
 */
import { run } from '@oclif/core/run';
import { errorText, exitCodeOf, installSignals } from './commands/base.js';
import { programOf } from './commands/programs.js';

/** @param root folder of package.json */
export async function main(root: string, argv: readonly string[]): Promise<void> {
  installSignals();
  const program = programOf(process.argv[1]);
  try {
    if (program === 'fail2ban-client' || program === 'fail2ban-server') {
      const { runFail2ban } = await import('./fail2ban/program.js');
      process.exitCode = await runFail2ban(argv, { program, root });
      return;
    }
    // A report for programs to read, also on a terminal.
    const words = program === 'fail2ban-regex' ? ['regex', '--format=report', ...argv] : argv;
    await run([...words], { root, userPlugins: false, devPlugins: false });
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    // oclif ends `--help` and `--version` by an error of its own with exit code 0.
    if (process.exitCode !== 0) process.stderr.write(errorText(error));
  }
}
