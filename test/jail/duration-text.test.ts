import { describe, expect, test } from '@jest/globals';
import { durationText } from '../../src/core/jail/duration-text.js';

describe('durationText', () => {
  // As fail2ban 1.0.2 logs them; test/differential/ban-time.test.ts asks it again.
  test.each([
    [0, '0'],
    [1, '1s'],
    [59, '59s'],
    [60, '1m'],
    [61, '1m 1s'],
    [599, '9m 59s'],
    [3594, '59m 54s'],
    [3595, '1h'],
    [3635, '1h'],
    [3660, '1h 1m'],
    [5400, '1h 30m'],
    [7199, '2h'],
    [86394, '23h 59m'],
    [86395, '24h'],
    [86400, '1d'],
    [86430, '1d'],
    [86431, '1d 1m'],
    [90031, '1d 1h 1m'],
    [175859, '2d 51m'],
    [198900, '2d 7h 15m'],
    [604769, '6d 23h 59m'],
    [604770, '7d'],
    [604800, '1w'],
    [606600, '1w'],
    [606601, '1w 1h'],
    [858187, '1w 2d 22h'],
    [31449600, '52w'],
    [31535999, '52w 1d'],
    [31536000, '1y'],
    [31579200, '1y 1d'],
    [34128000, '1y 4w 2d'],
    [629145600, '19y 49w 4d'],
  ])('words %i s as %s', (seconds, text) => {
    expect(durationText({ seconds, kind: 'int' })).toBe(text);
  });

  test.each([
    [600, '10.0m'],
    [27, '27.0s'],
    [1.25, '1.25s'],
    [64, '1.0m 4.0s'],
    [1200.0014649367868, '20.0m 0.0014649367867605179s'],
    [3593 / 7, '8.0m 33.285714285714334s'],
    [3600, '1h'],
    [153601.50010167938, '1d 18h 40m'],
  ])('shows all digits of the float %p below an hour: %s', (seconds, text) => {
    expect(durationText({ seconds, kind: 'float' })).toBe(text);
  });
});
