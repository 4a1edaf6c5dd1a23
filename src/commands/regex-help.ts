/**
 * Help texts of `f2b regex`: every form that LOG, REGEX and IGNOREREGEX can take.
 */
export const REGEX_DESCRIPTION = `Takes the place of fail2ban-regex: same arguments, same report (a table on a terminal).

LOG is one of
  FILE                a log file; gzip is unpacked. Empty lines and lines starting with # are passed over,
                      a last line without a newline is not read
  -                   standard input
  systemd-journal     the journal, optionally with [journalpath=DIR], [journalfiles="A.journal, B.journal"],
                      [journalflags=N], [namespace=NAME], [rotated=on]
  any other text      is the log itself: one line, or several if it has newlines (or with -L)

REGEX is one of
  JAIL                a jail of the configuration, with its own settings: sshd
  FILTER              a filter of the configuration, optionally with options: sshd[mode=aggressive]
  FILE                a filter file: ./my.conf, filter.d/sshd.conf; one outside a configuration folder stands alone
  any other text      is a failregex: 'from <HOST> port \\d+$'

IGNOREREGEX is an ignoreregex; it takes the place of the filter's.

With --out each failure is printed, and nothing else: its id (id, fid), its address (ip), the lines that make it up
(msg), a row of everything (row), one group by name (user, ip4, dns, matches …), or a text of your own with tags:
'<time> <ip> <F-USER>'. Tags are those of actions that need no jail, and <msg> for each line.

Long options may be shortened, options may stand anywhere, an argument that starts with a dash goes behind --.
The exit code is 0 whenever the test ran, also when nothing matched; 255 when it could not, 2 for an unknown option.`;

export const REGEX_EXAMPLES = [
  '<%= config.bin %> regex /var/log/auth.log sshd',
  "<%= config.bin %> regex /var/log/mail.log 'postfix[mode=aggressive]' --print-all-matched",
  "<%= config.bin %> regex 'Nov 21 09:08:07 srv app[1]: bad login from 192.0.2.1' 'bad login from <HOST>$'",
  "zcat auth.log.*.gz | <%= config.bin %> regex -o '<time> <ip> <F-USER>' - sshd",
  '<%= config.bin %> regex systemd-journal sshd -m _SYSTEMD_UNIT=ssh.service',
];
