// A server with one account, kim, built on Fedify and used by tests/federation/fedify.rs.
//
// PEER_CERT and PEER_KEY name its certificate and key (PEM), NODE_EXTRA_CA_CERTS the authority it trusts. Its first line on standard
// output says where it is reached: {"origin", "handle", "control"}. Under `control`, plain HTTP on this machine, GET /<act>?<with what>
// does what a person would do there and answers JSON; /log lists the activities whose signature Fedify found good. It ends when its
// standard input does, so that it never outlives the test.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

import {
  Accept,
  Activity,
  Announce,
  Create,
  createFederation,
  Delete,
  Endpoints,
  Follow,
  generateCryptoKeyPair,
  InProcessMessageQueue,
  isActor,
  Like,
  MemoryKvStore,
  Mention,
  Note,
  Person,
  PUBLIC_COLLECTION,
  Tombstone,
  Undo,
  Update,
} from "@fedify/fedify";

const NAME = "kim";
const HERE = "127.0.0.1";

const keys = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519")];
const followers = new Map();
const notes = new Map();
// What can be taken back, by what it was about.
const [follows, likes, boosts] = [new Map(), new Map(), new Map()];
const log = [];

const federation = createFederation({
  kv: new MemoryKvStore(),
  queue: new InProcessMessageQueue(),
  allowPrivateAddress: true,
  skipSignatureVerification: false,
  onOutboxError: (error, activity) => console.log("not sent:", activity?.id?.href, error),
});

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (identifier !== NAME) return null;
    const pairs = await ctx.getActorKeyPairs(identifier);
    return new Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: "Kim",
      inbox: ctx.getInboxUri(identifier),
      outbox: ctx.getOutboxUri(identifier),
      followers: ctx.getFollowersUri(identifier),
      endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
    });
  })
  .setKeyPairsDispatcher((_ctx, identifier) => (identifier === NAME ? keys : []));
federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({ items: [...followers.values()] }));
federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] }));
federation.setObjectDispatcher(Note, "/users/{identifier}/notes/{id}", (ctx, values) => {
  const note = notes.get(ctx.getObjectUri(Note, values).href);
  return note == null ? null : compose(note);
});

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Follow, async (ctx, follow) => {
    const follower = await follow.getActor(ctx);
    followers.set(follower.id.href, { id: follower.id, inboxId: follower.inboxId, endpoints: follower.endpoints });
    await record(ctx, follow);
    const accept = new Accept({ id: fresh("accepts"), actor: me(), object: follow, to: follower.id });
    await ctx.sendActivity({ identifier: NAME }, follower, accept);
  })
  .on(Undo, async (ctx, undo) => {
    if ((await undo.getObject(ctx)) instanceof Follow) followers.delete(undo.actorId?.href);
    await record(ctx, undo);
  })
  .on(Activity, record)
  .onError((_ctx, error) => console.log("not received:", error));

// Runs only for activities whose sender was proven.
async function record(ctx, activity) {
  const document = await activity.toJsonLd({ contextLoader: ctx.contextLoader });
  log.push({
    type: document.type,
    id: activity.id?.href,
    actor: activity.actorId?.href,
    objectId: activity.objectId?.href,
    object: document.object,
  });
}

async function serve(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const headers = new Headers();
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    headers.append(request.rawHeaders[at], request.rawHeaders[at + 1]);
  }
  const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
  const asked = new Request(new URL(request.url, origin), { method: request.method, headers, body });
  const answer = await federation.fetch(asked, { contextData: undefined });
  const sent = Buffer.from(await answer.arrayBuffer());
  if (answer.status >= 400) console.log(request.method, request.url, answer.status, sent.toString());
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(sent);
}

const tls = { cert: readFileSync(process.env.PEER_CERT), key: readFileSync(process.env.PEER_KEY) };
const port = await listen(https.createServer(tls, guarded(serve)));
const origin = `https://localhost:${port}`;
const context = federation.createContext(new URL(origin), undefined);
const loaders = { documentLoader: context.documentLoader, contextLoader: context.contextLoader };
const control = await listen(http.createServer(guarded(obey)));
console.log(JSON.stringify({ origin, handle: `@${NAME}@localhost:${port}`, control: `http://${HERE}:${control}` }));
process.stdin.resume().on("end", () => process.exit());

function listen(server) {
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, HERE, () => resolve(server.address().port));
  });
}

function guarded(handle) {
  return (request, response) =>
    handle(request, response).catch((error) => {
      console.log(request.url, error);
      response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ error: `${error.stack}` }));
    });
}

async function obey(request, response) {
  const url = new URL(request.url, "http://localhost");
  const act = acts[url.pathname.slice(1)];
  if (act == null) throw new Error(`${url.pathname} is nothing that ${NAME} can do`);
  const done = await act(Object.fromEntries(url.searchParams));
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(done ?? {}));
}

const acts = {
  log: async () => log,

  async lookup({ handle }) {
    return await (await find(handle)).toJsonLd({ contextLoader: context.contextLoader });
  },

  async follow({ handle }) {
    const target = await find(handle);
    const follow = new Follow({ id: fresh("follows"), actor: me(), object: target.id, to: target.id });
    follows.set(target.id.href, follow);
    return await send(follow, [target]);
  },

  async unfollow({ handle }) {
    const target = await find(handle);
    return await undo(follows, target.id.href, [target]);
  },

  async post({ text }) {
    return await publish({ text, ccs: [context.getFollowersUri(NAME)] }, [...followers.values()]);
  },

  async reply({ to, text }) {
    const author = await authorOf(to);
    const name = `@${author.preferredUsername}@${author.id.host}`;
    const mention = new Mention({ href: author.id, name });
    const ccs = [context.getFollowersUri(NAME), author.id];
    return await publish({ text: `${name} ${text}`, replyTarget: new URL(to), ccs, tags: [mention] }, [author]);
  },

  async edit({ uri, text }) {
    const note = notes.get(uri);
    Object.assign(note, { text, updated: await instant() });
    const { ccs, recipients } = note;
    const update = { id: fresh("updates"), actor: me(), object: compose(note), to: PUBLIC_COLLECTION, ccs };
    return await send(new Update(update), recipients);
  },

  async delete({ uri }) {
    const { id, ccs, recipients } = notes.get(uri);
    notes.delete(uri);
    const object = new Tombstone({ id });
    return await send(new Delete({ id: fresh("deletes"), actor: me(), object, to: PUBLIC_COLLECTION, ccs }), recipients);
  },

  async like({ uri }) {
    const author = await authorOf(uri);
    const like = new Like({ id: fresh("likes"), actor: me(), object: new URL(uri), to: author.id });
    likes.set(uri, like);
    return await send(like, [author]);
  },

  async unlike({ uri }) {
    return await undo(likes, uri, [await authorOf(uri)]);
  },

  async announce({ uri }) {
    const author = await authorOf(uri);
    const ccs = [context.getFollowersUri(NAME), author.id];
    const published = await instant();
    const boost = { id: fresh("boosts"), actor: me(), object: new URL(uri), to: PUBLIC_COLLECTION, ccs, published };
    boosts.set(uri, new Announce(boost));
    return await send(boosts.get(uri), [author]);
  },

  async unannounce({ uri }) {
    return await undo(boosts, uri, [await authorOf(uri)]);
  },
};

function me() {
  return context.getActorUri(NAME);
}

function fresh(kind) {
  return new URL(`/users/${NAME}/${kind}/${randomUUID()}`, origin);
}

async function find(handle) {
  const actor = await context.lookupObject(handle);
  if (actor == null || !isActor(actor)) throw new Error(`${handle} leads to no actor`);
  return actor;
}

async function authorOf(uri) {
  const post = await context.lookupObject(new URL(uri));
  const author = await post?.getAttribution(loaders);
  if (author == null) throw new Error(`${uri} leads to no post with an author`);
  return author;
}

// Fedify takes only instants of the Temporal it brings along; a date read by Fedify is one.
async function instant() {
  const document = {
    "@context": "https://www.w3.org/ns/activitystreams",
    type: "Note",
    published: new Date().toISOString(),
  };
  return (await Note.fromJsonLd(document, loaders)).published;
}

function compose({ id, text, replyTarget, ccs, tags, published, updated }) {
  return new Note({
    id,
    attribution: me(),
    content: `<p>${text}</p>`,
    replyTarget,
    to: PUBLIC_COLLECTION,
    ccs,
    tags: tags ?? [],
    published,
    updated,
  });
}

async function publish(parts, recipients) {
  const id = context.getObjectUri(Note, { identifier: NAME, id: randomUUID() });
  const note = { ...parts, id, recipients, published: await instant() };
  notes.set(id.href, note);
  const { ccs, published } = note;
  const create = { id: fresh("creates"), actor: me(), object: compose(note), to: PUBLIC_COLLECTION, ccs, published };
  await send(new Create(create), recipients);
  return { id: id.href };
}

async function undo(done, key, recipients) {
  const object = done.get(key);
  done.delete(key);
  return await send(new Undo({ id: fresh("undos"), actor: me(), object, to: object.toId }), recipients);
}

// Without the queue, so that whoever asked hears of a refusal.
async function send(activity, recipients) {
  await context.sendActivity({ identifier: NAME }, recipients, activity, { immediate: true });
  return { id: activity.id.href };
}
