// Names in place of ids: what a reference points at is asked for once, and shown by its own first field. What the
// reader may not see has no name.
import { reactive } from 'vue'
import { may, nameOfRow, rowOf, type RecordSpec } from '@/api/records'

const names = reactive(new Map<string, string>())
const asked = new Set<string>()

/** The name of the row of that id; empty until it is known, and when it cannot be seen. */
export function nameOf(spec: RecordSpec | undefined, id: unknown): string {
  if (!spec || typeof id !== 'string' || !id) return ''
  const key = `${spec.plural}/${id}`
  if (!asked.has(key) && may(spec, 'get')) {
    asked.add(key)
    rowOf(spec.plural, id).then(
      (row) => names.set(key, nameOfRow(spec, row)),
      () => undefined,
    )
  }
  return names.get(key) ?? ''
}
