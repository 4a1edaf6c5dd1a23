/**
 * Wire: the opcodes of Python's pickle, protocols 0 to 5, that plain data needs. Source: Python's `pickletools`.
 *
 * What is not here (persistent ids, instances, extensions, buffers, bytes) is refused by name where it has one.
 */
export const OP = {
  mark: 0x28, // (
  emptyTuple: 0x29, // )
  stop: 0x2e, // .
  pop: 0x30, // 0
  popMark: 0x31, // 1
  dup: 0x32, // 2
  float: 0x46, // F
  binFloat: 0x47, // G
  int: 0x49, // I
  binInt: 0x4a, // J
  binInt1: 0x4b, // K
  long: 0x4c, // L
  binInt2: 0x4d, // M
  none: 0x4e, // N
  reduce: 0x52, // R
  string: 0x53, // S
  binString: 0x54, // T
  shortBinString: 0x55, // U
  unicode: 0x56, // V
  binUnicode: 0x58, // X
  emptyList: 0x5d, // ]
  append: 0x61, // a
  build: 0x62, // b
  global: 0x63, // c
  dict: 0x64, // d
  appends: 0x65, // e
  get: 0x67, // g
  binGet: 0x68, // h
  longBinGet: 0x6a, // j
  list: 0x6c, // l
  put: 0x70, // p
  binPut: 0x71, // q
  longBinPut: 0x72, // r
  setItem: 0x73, // s
  tuple: 0x74, // t
  setItems: 0x75, // u
  emptyDict: 0x7d, // }
  proto: 0x80,
  tuple1: 0x85,
  tuple2: 0x86,
  tuple3: 0x87,
  newTrue: 0x88,
  newFalse: 0x89,
  long1: 0x8a,
  long4: 0x8b,
  shortBinUnicode: 0x8c,
  binUnicode8: 0x8d,
  emptySet: 0x8f,
  addItems: 0x90,
  frozenSet: 0x91,
  stackGlobal: 0x93,
  memoize: 0x94,
  frame: 0x95,
} as const;

/** Opcodes of Python that ask for more than plain data. */
export const REFUSED: ReadonlyMap<number, string> = new Map([
  [0x50, 'a persistent id'],
  [0x51, 'a persistent id'],
  [0x69, 'an instance'],
  [0x6f, 'an instance'],
  [0x81, 'an instance'],
  [0x92, 'an instance'],
  [0x82, 'an extension'],
  [0x83, 'an extension'],
  [0x84, 'an extension'],
  [0x42, 'bytes'],
  [0x43, 'bytes'],
  [0x8e, 'bytes'],
  [0x96, 'a bytearray'],
  [0x97, 'a buffer'],
  [0x98, 'a buffer'],
]);
