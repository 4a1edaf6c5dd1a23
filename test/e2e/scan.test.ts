/** `f2b scan` against a client that really connects, with the actions that ship here. */
import { CLIENT } from '../actions/lab.js';
import { type Case, PORT, testScans } from './scan-cases.js';

const CASES: readonly Case[] = [
  {
    name: 'iptables',
    action: `iptables-multiport[name=sshd, port="${PORT}"]`,
    stock: false,
    takeOut: `iptables -D f2b-sshd 1; ip6tables -D f2b-sshd 1`,
  },
  {
    name: 'iptables with ipset',
    action: `iptables-ipset[name=sshd, port="${PORT}"]`,
    stock: false,
    takeOut: `ipset del f2b-sshd ${CLIENT.inet4}; ipset del f2b-sshd6 ${CLIENT.inet6}`,
  },
  {
    name: 'nftables',
    action: `nftables[name=sshd, port="${PORT}"]`,
    stock: false,
    takeOut: `nft delete element inet f2b-table addr-set-sshd { ${CLIENT.inet4} }; nft delete element inet f2b-table addr6-set-sshd { ${CLIENT.inet6} }`,
  },
];

testScans(CASES);
