import { describe, expect, test } from '@jest/globals';
import { readBlockList } from '../../src/core/control/block-list.js';
import { parseAddress } from '../../src/core/net/address.js';

const KEPT = ['10.1.2.0/24', '198.51.100.7', 'name.example'];
const OPTIONS = {
  ignore: {
    list: () => KEPT,
    judgeQuick: ({ id }: { id: string }) => {
      const rule = KEPT.find((each) => {
        const [network, address] = [parseAddress(each), parseAddress(id)];
        return network && address && network.contains(address);
      });
      return rule === undefined ? undefined : { by: 'ip', rule };
    },
  },
  own: ['127.0.0.1', '::1', '203.0.113.1', 'fe80::1%eth0'],
};

const idsIn = (text: string) => readBlockList(text, OPTIONS).ids.map(({ id }) => id);
const refusedIn = (text: string) => readBlockList(text, OPTIONS).refused;

describe('a block list', () => {
  test.each<[string, string, string[]]>([
    [
      'addresses and networks',
      '192.0.2.1\n192.0.2.128/25\n2001:DB8::/32\n',
      ['192.0.2.1', '192.0.2.128/25', '2001:db8::/32'],
    ],
    [
      'comments of both kinds',
      '# drop\n; drop\n192.0.2.1 ; SBL1\n192.0.2.2 # x\n',
      ['192.0.2.1', '192.0.2.2'],
    ],
    [
      'blank lines, blanks, any line end, a byte order mark',
      '\ufeff 192.0.2.1 \r\n\r\n\t192.0.2.2\r192.0.2.3',
      ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
    ],
    [
      'how often each was seen',
      '192.0.2.1\t12\n192.0.2.2 3\n192.0.2.3,4',
      ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
    ],
    [
      'each once, however it is spelled',
      '192.0.2.1\n192.0.2.1\n2001:db8::1\n2001:DB8:0::1\n192.0.2.130/25\n192.0.2.128/25',
      ['192.0.2.1', '2001:db8::1', '192.0.2.128/25'],
    ],
    ['netmasks', '192.0.2.0/255.255.255.0', ['192.0.2.0/24']],
    ['nothing', '', []],
  ])('takes %s', (_, text, ids) => {
    expect({ ids: idsIn(text), refused: refusedIn(text) }).toEqual({ ids, refused: [] });
  });

  test.each<[string, string]>([
    ['host.example.org', 'neither an address nor a network'],
    ['192.0.2', 'neither an address nor a network'],
    ['192.0.2.1/x', 'neither an address nor a network'],
    ['192.0.2.1-192.0.2.9', 'neither an address nor a network'],
    ['192.0.2.1 192.0.2.2', 'more than one address on a line'],
    ['192.0.2.1/33', 'no network has 33 bits'],
    ['0.0.0.0/0', 'it means everybody'],
    ['::/0', 'it means everybody'],
    ['127.0.0.1', 'it is an address of this machine'],
    ['127.0.0.0/8', 'it holds 127.0.0.1, an address of this machine'],
    ['::/1', 'it holds ::1, an address of this machine'],
    ['fe80::/10', 'it holds fe80::1, an address of this machine'],
    ['10.1.2.3', 'it is ignored (ip)'],
    ['10.0.0.0/8', 'it holds 10.1.2.0/24, which is ignored'],
    ['198.51.100.0/24', 'it holds 198.51.100.7, which is ignored'],
  ])('refuses %s: %s', (line, reason) => {
    expect(readBlockList(`192.0.2.1\n\n${line} # why\n192.0.2.2`, OPTIONS)).toMatchObject({
      ids: [{ id: '192.0.2.1' }, { id: '192.0.2.2' }],
      refused: [{ line: 3, text: line, reason }],
    });
  });

  test('is read in no time, however long it is', () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `100.${i >> 16}.${(i >> 8) & 255}.${i & 255}`).join(
      '\n',
    );
    const start = performance.now();
    expect(readBlockList(text, OPTIONS).ids).toHaveLength(20_000);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
