import * as combobox from '@zag-js/combobox';
import { normalizeProps, useMachine } from '@zag-js/preact';
import { useMemo, useState } from 'preact/hooks';
import { useOwnId } from '../parts/own-id.ts';

/** What a list this long shows at once; typing narrows it. */
const most = 60;

/** A text field with the models of the catalogue below it. Any other id may be typed: `<provider>/<model>` need not be in the catalogue. */
export function ModelField({
  value,
  change,
  models,
}: {
  value: string;
  change: (model: string) => void;
  models: string[];
}) {
  const [typed, type] = useState('');
  const shown = useMemo(() => {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    const found = models.filter((id) => words.every((word) => id.toLowerCase().includes(word))).slice(0, most);
    // The chosen one stays in the list: a value that is in none would be no value.
    return words.length > 0 || value === '' || found.includes(value) ? found : [value, ...found];
  }, [models, typed, value]);
  const collection = useMemo(() => combobox.collection({ items: shown }), [shown]);
  const service = useMachine(combobox.machine, {
    id: useOwnId(),
    collection,
    allowCustomValue: true,
    openOnClick: true,
    inputBehavior: 'autohighlight',
    defaultInputValue: value,
    onInputValueChange: ({ inputValue, reason }) => {
      if (reason === 'input-change') type(inputValue);
      change(inputValue.trim());
    },
    // Opened by a press, it offers all again; by typing, what was typed.
    onOpenChange: ({ open, reason }) => {
      if (open && reason !== 'input-change') type('');
    },
  });
  const api = combobox.connect(service, normalizeProps);
  return (
    <div {...api.getRootProps()} class="field combobox">
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the properties hold the input's id */}
      <label {...api.getLabelProps()}>Model</label>
      <div {...api.getControlProps()}>
        <input {...api.getInputProps()} spellcheck={false} autocomplete="off" />
      </div>
      <div {...api.getPositionerProps()} class="combobox-place">
        <ul {...api.getContentProps()} class="combobox-list">
          {api.open &&
            shown.map((id) => (
              <li key={id} {...api.getItemProps({ item: id })}>
                {id}
              </li>
            ))}
        </ul>
      </div>
    </div>
  );
}
