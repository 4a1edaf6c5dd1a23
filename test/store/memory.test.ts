import { MemoryStore } from '../../src/core/store/memory.js';
import { describeStore } from './contract.js';

describeStore('the store in memory', { open: async () => new MemoryStore() });
