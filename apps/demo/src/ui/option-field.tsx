import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { optionNamed, type OptionName, type Options } from '../options/options.ts';
import { useController } from '../page/context.ts';

/** A field of the form, from its row of the table: a list where there are choices, else text that is checked. */
export function OptionField({ name }: { readonly name: OptionName }): JSX.Element {
  const controller = useController();
  const option = optionNamed(name);
  const value = option.format(controller.store.options.value[name]);
  const [problem, setProblem] = useState('');
  const id = `option-${name}`;
  const change = (text: string): void => {
    try {
      controller.setOption(name, option.parse(text) as Options[typeof name]);
      setProblem('');
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const described = `${id}-hint`;
  return (
    <div class="field">
      <label for={id}>{option.label}</label>
      {option.choices === undefined ? (
        <input id={id} value={value} onChange={(event) => change(event.currentTarget.value)} aria-describedby={described} aria-invalid={problem !== ''} autocomplete="off" spellcheck={false} />
      ) : (
        <select id={id} value={value} onChange={(event) => change(event.currentTarget.value)} aria-describedby={described}>
          {option.choices.map((choice) => <option key={choice.label} value={option.format(choice.value)}>{choice.label}</option>)}
          {option.choices.every((choice) => option.format(choice.value) !== value) && <option value={value}>{value}</option>}
        </select>
      )}
      <p id={described} class={problem === '' ? 'field-hint' : 'field-hint field-problem'} role={problem === '' ? undefined : 'alert'}>{problem === '' ? option.hint : problem}</p>
    </div>
  );
}
