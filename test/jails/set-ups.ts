/**
 * Jails as people write them in a jail.local, some for versions of fail2ban long gone. `LOG/` stands for a folder of logs.
 *
 * None of them is anybody's file: they are made up to have the shapes that files of that kind have.
 */
export interface SetUp {
  readonly name: string;
  readonly jail: string;
  readonly jailLocal: string;
  /** Files of the same folder that the jail needs where nothing ships. */
  readonly files?: Readonly<Record<string, string>>;
  /** What it means: the jail's settings, by option, as the dump prints them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Its actions, by their names in the jail. */
  readonly actions: readonly string[];
}

export const SET_UPS: readonly SetUp[] = [
  {
    name: 'spam, with a filter of the own folder',
    jail: 'spam',
    jailLocal: `[spam]
enabled  = true
port     = smtp,ssmtp
filter   = spam
logpath  = LOG/mail.log
maxretry = 2
`,
    files: {
      'filter.d/spam.conf': `# Spammers and those who guess names.
[Definition]
failregex = NOQUEUE: reject: RCPT from (?:.*)\\[<HOST>\\]: 554 5\\.7\\.1
            NOQUEUE: reject: RCPT from (?:.*)\\[<HOST>\\]: 550 5\\.1\\.1
ignoreregex =
`,
    },
    settings: { maxretry: '2', bantime: "'10m'", findtime: "'10m'", addlogpath: "'LOG/mail.log', 'head'" },
    actions: ['@banaction'],
  },
  {
    name: 'recidive, with comments behind the values',
    jail: 'recidive',
    jailLocal: `# Ban for a week who was banned five times in a day.
[recidive]
enabled  = true
filter   = recidive
logpath  = LOG/fail2ban.log
action   = iptables-allports[name=recidive]
           sendmail-whois-lines[name=recidive, logpath=LOG/fail2ban.log]
bantime  = 604800  ; 1 week
findtime = 86400   ; 1 day
maxretry = 5
`,
    settings: {
      maxretry: '5',
      bantime: "'604800'",
      findtime: "'86400'",
      addlogpath: "'LOG/fail2ban.log', 'head'",
    },
    actions: ['iptables-allports', 'sendmail-whois-lines'],
  },
  {
    name: 'asterisk, over TCP and UDP',
    jail: 'asterisk',
    jailLocal: `[asterisk]
enabled  = true
filter   = asterisk
action   = iptables-multiport[name=asterisk-tcp, port="5060,5061", protocol=tcp]
           iptables-multiport[name=asterisk-udp, port="5060,5061", protocol=udp]
           sendmail-whois[name=Asterisk, dest=pbx@example.org, sender=fail2ban@example.org]
logpath  = LOG/asterisk/messages
maxretry = 10
bantime  = 86400
ignoreip = 127.0.0.1/8, 192.0.2.0/24 198.51.100.7
`,
    settings: {
      maxretry: '10',
      bantime: "'86400'",
      addignoreip: "'127.0.0.1/8', '192.0.2.0/24', '198.51.100.7'",
      addlogpath: "'LOG/asterisk/messages', 'head'",
    },
    actions: ['iptables-multiport-tcp', 'iptables-multiport-udp', 'sendmail-whois-Asterisk'],
  },
  {
    name: 'ssh behind tcp wrappers',
    jail: 'ssh-tcpwrapper',
    jailLocal: `[ssh-tcpwrapper]
enabled     = true
filter      = sshd
action      = hostsdeny[daemon_list=sshd]
              sendmail-whois[name=SSH, dest=root@localhost]
ignoreregex = for backup from
logpath     = LOG/auth.log
`,
    settings: { addignoreregex: "'for backup from'", addlogpath: "'LOG/auth.log', 'head'" },
    actions: ['hostsdeny', 'sendmail-whois-SSH'],
  },
  {
    name: 'sshd as it ships, turned on with more severe defaults',
    jail: 'sshd',
    jailLocal: `[DEFAULT]
ignoreip  = 127.0.0.1/8 ::1
bantime   = 1d
findtime  = 1h
banaction = iptables-allports
destemail = admin@example.org
action    = %(action_mwl)s

[sshd]
enabled  = true
backend  = auto
logpath  = LOG/auth.log
maxretry = 3
`,
    settings: { maxretry: '3', bantime: "'1d'", findtime: "'1h'", addignoreip: "'127.0.0.1/8', '::1'" },
    actions: ['iptables-allports', 'sendmail-whois-lines'],
  },
];

/** Logs that the jails read. */
export const LOGS = ['mail.log', 'fail2ban.log', 'auth.log', 'asterisk/messages'];
