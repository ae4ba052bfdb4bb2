// The service that the pages talk to.
import { createClient } from "enroll-client";

/**
 * Where the service is: what <html data-api> says, or the folder of this document. The
 * default is not just the host, because a proxy may serve Enroll below a path of its own.
 */
export const base = new URL(document.documentElement.dataset.api || ".", location.href.split(/[?#]/)[0]).href.replace(/\/$/, "");

export const enroll = createClient({ baseUrl: base });

/** For pictures: on a slow network the service waits up to 26 s for a picture of 1 MiB, and then decodes it. */
export const uploads = createClient({ baseUrl: base, timeout: 45_000 });

/** The channels for codes that the service offers. It writes them into the page. */
export const offers = {
  phone: document.documentElement.dataset.phone !== "off",
  email: document.documentElement.dataset.email !== "off",
  // A copied page of an earlier version has no such attribute, and offers no calls.
  voice: document.documentElement.dataset.voice === "on",
};

/** Where codes can be sent. */
export const codesTo = (["phone", "email"] as const).filter((way) => offers[way]);

/** Whether people can register, whether they need an invitation for it, and whether an operator decides afterwards. */
export const open = document.documentElement.dataset.signup !== "closed";
export const byInvitation = document.documentElement.dataset.signup === "invite";
export const byApproval = document.documentElement.dataset.signup === "approval";

/** How many years old a person must be to register. If it is not 0, the form asks for the birthday. */
export const minAge = Number(document.documentElement.dataset.minAge ?? "0");

/**
 * The terms that people have to accept. The version is empty if there are none. The service replaces {lang} in the URL by the
 * language in its answers, and the page in its links.
 */
export const terms = { version: document.documentElement.dataset.terms ?? "", url: document.documentElement.dataset.termsUrl ?? "" };

/** The ways to register. If the first tag of a copied page does not list them, they are all that its channels allow. */
export const methods = document.documentElement.dataset.methods?.replace("user_name", "name").split(" ") ?? ["name", ...codesTo];
