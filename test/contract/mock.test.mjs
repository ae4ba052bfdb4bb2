// The mock answers as the service does: for each example of the contract, both
// give the same status and the same fields of the same types, all the way down.
//
//	stage node --test mock.test.mjs
//
// It is run twice: without captchas, so that the requests of the contract's examples
// succeed, and with pictures, for the answers about captchas.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'

const { ENROLL_URL: service, STAGE_URL: stage } = process.env
const file = (name) => fileURLToPath(new URL(name, import.meta.url))
let mock, prism

before(async () => {
  const port = await freePort()
  prism = spawn(file('node_modules/.bin/prism'), ['mock', '--host', '127.0.0.1', '--port', String(port), file('../../openapi.yaml')])
  let said = ''
  await new Promise((resolve, reject) => {
    prism.stdout.on('data', (chunk) => {
      said += chunk
      if (said.includes('Prism is listening')) resolve()
    })
    prism.on('exit', () => reject(new Error(`prism ended: ${said}`)))
  })
  mock = `http://127.0.0.1:${port}`
})

after(async () => {
  prism.kill()
  if (prism.exitCode === null && prism.signalCode === null) await once(prism, 'exit')
})

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

// shape is what a generated client relies on: names and types. The shape of a list is the
// set of the shapes of its elements.
function shape(value) {
  if (value === null) return 'null'
  if (Array.isArray(value)) return [...new Map(value.map((v) => [JSON.stringify(shape(v)), shape(v)])).entries()].sort().map(([, kind]) => kind)
  if (typeof value !== 'object') return typeof value
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, shape(value[key])]))
}

async function call(base, [method, path], { body, token, headers = {} } = {}) {
  const answer = await fetch(base + path, {
    method,
    headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...(token && { Token: token }), ...headers },
    body: typeof body === 'object' ? JSON.stringify(body) : body,
  })
  return { status: answer.status, type: answer.headers.get('content-type')?.split(';')[0], names: [...answer.headers.keys()], json: await answer.json() }
}

// same sends a request to the service, and to the mock with the name of the example that the
// contract has for its answer. Both answers must have the same shape. It returns the service's.
async function same(operation, status, example, real, mocked = real) {
  const is = await call(service, operation, real)
  assert.equal(is.status, status, JSON.stringify(is.json))
  const prefer = { Prefer: `code=${status}, example=${example}` }
  const played = await call(mock, operation, { ...mocked, headers: { ...mocked?.headers, ...prefer } })
  assert.equal(played.status, status, JSON.stringify(played.json))
  assert.equal(played.type, is.type)
  // No operator has made the group of this stage's users.
  const { group } = is.json.data ?? {}
  if (group === null) played.json.data.group = null
  assert.deepEqual(shape(played.json), shape(is.json), `${example}: the mock's answer has another shape`)
  for (const name of ['x-request-id', 'cache-control', 'content-language', 'retry-after', 'www-authenticate']) {
    // Of the conflicts only the one of a key in use has Retry-After; the mock sends it with all.
    if (name === 'retry-after' && status === 409) continue
    assert.equal(played.names.includes(name), is.names.includes(name), `${example}: header ${name}`)
  }
  return is.json
}

const register = ['POST', '/api/register']
const sendPhoneCode = ['POST', '/api/verify/phone']
const login = ['POST', '/api/login']
const detail = ['GET', '/api/user/detail']
const sendEmailCode = ['POST', '/api/verify/email']
const captcha = ['GET', '/api/captcha']
const code = async (kind, address) => (await (await fetch(`${stage}/code?${kind}=${encodeURIComponent(address)}`)).json()).code

const contract = await (await fetch(`${service}/openapi.json`)).json()
const examples = (path, method) => contract.paths[path][method].requestBody.content['application/json'].examples
const { data: challenge } = (await call(service, captcha)).json

test('without captchas', { skip: !challenge.captcha_off && 'this stage has captchas' }, async (t) => {
  let token
  await t.test('registration', async () => {
    const { password, phone } = examples('/api/register', 'post')
    token = (await same(register, 200, 'registered', { body: password.value })).data.token
    await same(register, 409, 'user_name_taken', { body: { user_name: password.value.user_name, password: password.value.password } })
    await same(register, 422, 'registration_incomplete', { body: { user_name: 'somebody' } })
    await same(register, 422, 'password_common', { body: { user_name: 'somebody', password: 'password1' } })
    await same(register, 400, 'body_fields', { body: { password: 1, nickname: 'x' } }, { body: password.value })
    await same(register, 400, 'malformed_json', { body: '{' }, { body: password.value })
    await same(register, 413, 'body_too_large', { body: { captcha: 'x'.repeat(20000) } }, { body: password.value })
    await same(register, 415, 'unsupported_media_type', { body: '{}', headers: { 'Content-Type': 'text/plain' } }, { body: password.value })
    const codes = examples('/api/verify/phone', 'post')
    await same(sendPhoneCode, 200, 'sent', { body: codes.register.value })
    await same(sendPhoneCode, 200, 'sent', { body: codes.login.value })
    await same(sendPhoneCode, 429, 'code_too_soon', { body: codes.login.value })
    await same(sendPhoneCode, 422, 'phone_invalid', { body: { phone: '1' } })
    await same(register, 422, 'code_wrong', { body: { ...phone.value, code: 'wrong' } })
    const sent = await code('phone', `+86${phone.value.phone}`)
    await same(register, 200, 'registered', { body: { ...phone.value, code: sent } })
  })
  await t.test('sign-in', async () => {
    const { password } = examples('/api/login', 'post')
    await same(login, 200, 'logged_in', { body: password.value })
    await same(login, 422, 'credentials_wrong', { body: { ...password.value, password: 'another one' } })
    await same(login, 422, 'login_incomplete', { body: { user_name: 'newuser' } })
    await same(detail, 200, 'user', { token })
    await same(detail, 401, 'token_missing', {})
    await same(detail, 422, 'site_unknown', { token, headers: { 'Site-Id': '77' } })
    await same(detail, 400, 'header_field', { token, headers: { 'Site-Id': 'x' } }, { token })
  })
  await t.test('email', async () => {
    const { own, another } = examples('/api/verify/email', 'post')
    await same(sendEmailCode, 200, 'sent', { token, body: own.value })
    await same(sendEmailCode, 429, 'mail_code_too_soon', { token, body: another.value })
    const email = another.value.email
    const redeem = (code) => ['GET', `/api/verify/email?email=${encodeURIComponent(email)}&code=${code}`]
    await same(redeem('wrong'), 422, 'code_wrong', { token })
    await same(redeem(await code('email', email)), 200, 'verified', { token })
  })
  await t.test('captchas are off, keys are published', async () => {
    await same(captcha, 200, 'off')
    await same(['GET', '/.well-known/jwks.json'], 200, 'keys')
  })
})

test('with captchas', { skip: challenge.captcha_off && 'this stage has no captchas' }, async () => {
  await same(captcha, 200, 'image')
  const { captcha_id: id, audio_salt: salt, audio_bits: bits, audio_puzzles: puzzles } = challenge
  const { answer: proof } = await (await fetch(`${stage}/work?${new URLSearchParams({ salt, bits, puzzles })}`)).json()
  await same(['GET', `/api/captcha/audio?${new URLSearchParams({ captcha_id: id, proof })}`], 200, 'spoken')
  await same(['GET', '/api/captcha/audio?captcha_id=gone'], 422, 'captcha_gone')
  await same(register, 422, 'captcha_required', { body: { user_name: 'somebody', password: 'MyPassword123' } })
})
