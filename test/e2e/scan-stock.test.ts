/** `f2b scan` against a client that really connects, with the installed fail2ban's own actions, as they are. */
import { type Case, PORT, testScans } from './scan-cases.js';

const CASES: readonly Case[] = [
  {
    name: "fail2ban's own iptables",
    action: `iptables-multiport[name=sshd, port="${PORT}"]`,
    stock: true,
  },
  {
    name: "fail2ban's own iptables with ipset",
    action: `iptables-ipset-proto6[name=sshd, port="${PORT}"]`,
    stock: true,
  },
  {
    name: "fail2ban's own nftables",
    action: `nftables[name=sshd, port="${PORT}"]`,
    stock: true,
  },
];

testScans(CASES);
