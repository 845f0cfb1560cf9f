import { DEFAULT_OPTIONS, type RenderOptions, renderOptions } from '#core/render-job/options'

/** How a batch asked to be rendered. Options from before a field came get its default. */
export function optionsOf(batch: object): RenderOptions {
  const stored = 'options' in batch ? (batch.options ?? {}) : {}
  const parsed = renderOptions.safeParse(stored)
  return parsed.success ? parsed.data : DEFAULT_OPTIONS
}
