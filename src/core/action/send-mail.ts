/**
 * Action stage: one message to one mail server. The only user of nodemailer.
 */
import type { SendMail } from './smtp-action.js';

/** Headers are the library's business: what comes from a log is text only. */
export const sendMail: SendMail = async (mail, server) => {
  // Only here: most actions send nothing.
  const { createTransport } = await import('nodemailer');
  const { host, port, secure, login, timeoutMs } = server;
  const transport = createTransport({
    host,
    port,
    secure,
    ...(login ? { auth: { user: login.user, pass: login.password } } : {}),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const { from, to, subject, text, atSec } = mail;
    await transport.sendMail({ from, to: [...to], subject, text, date: new Date(atSec * 1000) });
  } finally {
    transport.close();
  }
};
