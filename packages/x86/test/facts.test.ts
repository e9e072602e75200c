import { describe, expect, test } from 'vitest';
import { EFLAGS_AF, EFLAGS_CF, EFLAGS_OF, EFLAGS_PF, EFLAGS_SF, EFLAGS_ZF } from '../src/definitions/flags.ts';
import { NAMES_WITH_FEATURE } from '../src/map/features.ts';
import { MNEMONICS_WITH_FLAGS } from '../src/map/flags.ts';
import { FORM_IDS, FORMS } from '../src/map/forms.ts';

const stems = new Set(FORMS.map((form) => form.name.split('_', 1)[0]!));

function form(name: string): (typeof FORMS)[number] {
  return FORMS[FORM_IDS[name]!]!;
}

describe('facts of forms', () => {
  test('the tables of flags and features name nothing that the map lacks', () => {
    expect(MNEMONICS_WITH_FLAGS.filter((mnemonic) => !stems.has(mnemonic))).toEqual([]);
    expect(NAMES_WITH_FEATURE.filter((name) => !stems.has(name) && FORM_IDS[name] === undefined)).toEqual([]);
  });

  test('flags as vol. 1 table A-2 has them', () => {
    expect(form('Adc_Ev_Gv').flags).toMatchObject({ read: EFLAGS_CF, written: EFLAGS_OF | EFLAGS_SF | EFLAGS_ZF | EFLAGS_AF | EFLAGS_PF | EFLAGS_CF });
    expect(form('Inc_Ev').flags.written & EFLAGS_CF).toBe(0);
    expect(form('And_Eb_Gb').flags).toMatchObject({ written: EFLAGS_SF | EFLAGS_ZF | EFLAGS_PF, undefined: EFLAGS_AF, cleared: EFLAGS_OF | EFLAGS_CF });
    expect(form('Jbe_Jz').flags).toMatchObject({ read: EFLAGS_CF | EFLAGS_ZF, written: 0 });
    expect(form('Setnle_Eb').flags.read).toBe(EFLAGS_ZF | EFLAGS_SF | EFLAGS_OF);
    expect(form('Mov_Ev_Gv').flags).toEqual({ read: 0, written: 0, undefined: 0, cleared: 0, set: 0 });
    expect(form('Stc').flags.set).toBe(EFLAGS_CF);
  });

  test('conditions are numbered as encoded', () => {
    const conditional = FORMS.filter((each) => each.name.endsWith('_Jb') && each.condition !== undefined);
    expect(conditional.map((each) => each.condition)).toEqual(Array.from({ length: 16 }, (_, i) => i));
  });

  test('features', () => {
    const features = Object.fromEntries(['Add_Ev_Gv', 'Fadd_Md', 'Cmovz_Gv_Ev', 'Fcomi_ST0_STi', 'Paddb_Pq_Qq', 'Paddb_Vdq_Wdq', 'Pshufb_Pq_Qq', 'Addps_Vps_Wps', 'Addpd_Vpd_Wpd', 'Pmulld_Vdq_Wdq'].map((name) => [name, form(name).feature]));
    expect(features).toEqual({
      Add_Ev_Gv: undefined, Fadd_Md: 'fpu', Cmovz_Gv_Ev: 'cmov', Fcomi_ST0_STi: 'cmov', Paddb_Pq_Qq: 'mmx', Paddb_Vdq_Wdq: 'sse2', Pshufb_Pq_Qq: 'ssse3', Addps_Vps_Wps: 'sse', Addpd_Vpd_Wpd: 'sse2', Pmulld_Vdq_Wdq: 'sse4.1',
    });
  });
});
