const SIDE_LEAST = 1000

/** An SVG of a QR code → the address of a PNG of it, which offices can put into a document: every module a whole
 * number of pixels. */
export async function pngOf(svg: string, address: string): Promise<string> {
  const modules = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1] ?? SIDE_LEAST)
  const side = modules * Math.ceil(SIDE_LEAST / modules)
  const image = new Image(side, side)
  image.src = address
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = side
  canvas.getContext('2d')!.drawImage(image, 0, 0, side, side)
  return await new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(URL.createObjectURL(blob)) : fail(new Error('no picture'))), 'image/png'),
  )
}
