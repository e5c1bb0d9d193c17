import { describe, expect, it } from 'vitest';

import {
  configurationFile,
  LOAD_SETTINGS,
  MEASURE_SETTINGS,
  startupOptions,
} from '#rooms/target/settings.js';

describe('a configuration file', () => {
  it('holds one quoted line a setting, in order', () => {
    expect(configurationFile({ work_mem: '4MB', 'auto_explain.log_min_duration': '0' })).toBe(
      "work_mem = '4MB'\nauto_explain.log_min_duration = '0'\n",
    );
  });

  it.each([
    ["it's", "x = 'it''s'\n"],
    ['a\\b', "x = 'a\\\\b'\n"],
    ["1'\nfsync = off", "x = '1''\\nfsync = off'\n"],
    ['', "x = ''\n"],
  ])('lets no value out of its quotes: %j', (value, text) => {
    expect(configurationFile({ x: value })).toBe(text);
  });

  it.each(['', 'a b', "a'", 'a\nb', '1a', 'a..b', 'a=b', '.a'])('refuses the name %j', (name) => {
    expect(() => configurationFile({ [name]: '1' })).toThrow(/expected the name of a PostgreSQL setting/);
  });

  it.each(['port', 'listen_addresses', 'LISTEN_ADDRESSES', 'hba_file', 'include', 'logging_collector'])(
    'keeps %s for the harness',
    (name) => {
      expect(() => configurationFile({ [name]: '1' })).toThrow(new RegExp(`${name} belongs to the harness`));
    },
  );

  it('refuses a NUL character, which would end the file', () => {
    expect(() => configurationFile({ x: 'a\0b' })).toThrow(/NUL/);
  });

  it('can be made of both presets', () => {
    expect(configurationFile(LOAD_SETTINGS)).toContain("wal_level = 'minimal'\n");
    expect(configurationFile(MEASURE_SETTINGS)).toContain("fsync = 'on'\n");
  });
});

describe('start-up options', () => {
  it('are never empty, so that PGOPTIONS has no say', () => {
    expect(startupOptions({})).toBe('-c client_min_messages=notice');
  });

  it('escape blanks and backslashes', () => {
    expect(startupOptions({ search_path: 'a, b\\c' })).toBe(
      '-c client_min_messages=notice -c search_path=a,\\ b\\\\c',
    );
  });
});
