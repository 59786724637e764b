// What /meta declares of records, for pages that wait for it: empty until it came.
import { onMounted, shallowRef } from 'vue'
import { recordSpecs, type RecordSpec } from '@/api/records'

export function useSpecs() {
  const specs = shallowRef<RecordSpec[]>([])
  onMounted(async () => {
    // A page without it shows what it can; whatever it asks for next says what is wrong.
    specs.value = await recordSpecs().catch(() => [])
  })
  return specs
}
