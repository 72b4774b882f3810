import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A posting in a list of Ozon, as far as a test changes it. */
export interface ListedPosting {
  readonly posting_number: string
  readonly products: readonly { readonly price: object }[]
}

/** Lists of postings as Ozon answers them. */
interface PostingList {
  readonly postings?: readonly ListedPosting[]
}

/** Stands between the service and the local Ozon and changes the postings that it lists. */
export interface Proxy {
  readonly url: string
  forwardTo(url: string): void
  close(): Promise<void>
}

export async function openProxy(change: (list: PostingList) => readonly unknown[]): Promise<Proxy> {
  let target = ''
  const server = createServer((request, response) => {
    forward(request).then(
      ({ status, text }) => response.writeHead(status, { 'content-type': 'application/json' }).end(text),
      () => response.destroy(),
    )
  })
  async function forward(request: IncomingMessage): Promise<{ status: number; text: string }> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const headers = ['client-id', 'api-key', 'content-type'].flatMap((name) => {
      const value = request.headers[name]
      return typeof value === 'string' ? [[name, value] as [string, string]] : []
    })
    const body = Buffer.concat(chunks)
    const answer = await fetch(`${target}${request.url ?? ''}`, { method: request.method ?? 'POST', headers, body })
    const text = await answer.text()
    if (request.url?.startsWith('/v4/posting/') !== true || !answer.ok) return { status: answer.status, text }
    const list = JSON.parse(text) as PostingList
    return { status: answer.status, text: JSON.stringify({ ...list, postings: change(list) }) }
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forwardTo: (url) => {
      target = url
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
