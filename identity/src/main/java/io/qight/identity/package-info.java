/**
 * Ed25519 identities: what they sign (RFC 8032), each kind of statement under its own context, the
 * grants that they give, and what is sealed for them (HPKE, RFC 9180). {@link
 * io.qight.identity.EnvelopeWriter} protects envelopes, {@link io.qight.identity.EnvelopeReader}
 * opens and verifies them or refuses. No network and no clock.
 */
@NullMarked
package io.qight.identity;

import org.jspecify.annotations.NullMarked;
