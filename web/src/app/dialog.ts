/** Opens a <dialog> over the page. Safari before 15.4 has none: it gets the polyfill, fetched when first needed. */
export async function showModal(dialog: HTMLDialogElement | null) {
  if (!dialog) return
  if (typeof dialog.showModal !== 'function') {
    await import('dialog-polyfill/dist/dialog-polyfill.css')
    ;(await import('dialog-polyfill')).default.registerDialog(dialog)
  }
  if (dialog.isConnected && !dialog.open) dialog.showModal()
}
