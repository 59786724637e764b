// Where a page lies: what is above it, told by its head, shown in the bar.
import { shallowRef } from 'vue'

export interface Crumb {
  text: string
  to?: string | object
}
/** Of the page that is open; its own title is the last. Null: it has said nothing, the menu's word will do. */
export const trail = shallowRef<Crumb[] | null>(null)
