// Writes .br and .gz beside every text file of the build, so that the server never compresses one at run time.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const text = /\.(m?js|css|html|svg|json|txt)$/
function walk(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name)
    if (statSync(path).isDirectory()) walk(path)
    else if (text.test(name)) {
      const bytes = readFileSync(path)
      const br = brotliCompressSync(bytes, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
      })
      writeFileSync(path + '.br', br)
      writeFileSync(path + '.gz', gzipSync(bytes, { level: 9 }))
    }
  }
}
walk(process.argv[2] ?? 'dist')
