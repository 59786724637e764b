// Uploads whose progress is seen: fetch tells none of what it sends, so this is the older request, with the same
// words to the server.
import { address, ApiProblem, head, NETWORK, problemOf } from './client'

export interface Upload<T> {
  done: Promise<T>
  stop: () => void
}

/** Sends a file by PUT. progress gets what part of it was sent, from 0 to 1. */
export function upload<T>(
  path: string,
  query: Record<string, string>,
  file: File,
  progress: (part: number) => void,
): Upload<T> {
  const request = new XMLHttpRequest()
  const done = new Promise<T>((resolve, reject) => {
    request.open('PUT', address(path, query))
    for (const [name, value] of Object.entries(head('PUT', path))) request.setRequestHeader(name, value)
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
    request.upload.onprogress = (e) => {
      if (e.lengthComputable && e.total) progress(e.loaded / e.total)
    }
    request.onerror = () => reject(new ApiProblem(0, NETWORK))
    request.onabort = () => reject(new DOMException('', 'AbortError'))
    request.onload = () => {
      const json = (request.getResponseHeader('content-type') ?? '').includes('json')
      const data: unknown = json && request.responseText ? JSON.parse(request.responseText) : request.responseText
      if (request.status >= 200 && request.status < 300) resolve(data as T)
      else reject(problemOf(request.status, data, path, request.getResponseHeader('retry-after')))
    }
    request.send(file)
  })
  return { done, stop: () => request.abort() }
}
