import { Field } from '../parts/controls.tsx';

/** The models that a key is for: one in each line, or with commas; none: any. */
export function modelsFrom(text: string): string[] | null {
  const models = text
    .split(/[\n,]/)
    .map((each) => each.trim())
    .filter(Boolean);
  return models.length === 0 ? null : models;
}

export function ModelsField({ value, change }: { value: string; change: (value: string) => void }) {
  return (
    <Field
      label="Models (optional)"
      hint="One in each line, with * for any characters, such as gpt-4o*. Empty: every model."
    >
      {(own) => (
        <textarea
          {...own}
          rows={2}
          class="code"
          spellcheck={false}
          value={value}
          onInput={(e) => change(e.currentTarget.value)}
        />
      )}
    </Field>
  );
}
