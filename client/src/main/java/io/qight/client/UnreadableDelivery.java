package io.qight.client;

import io.qight.identity.UnreadableEnvelope;
import java.util.UUID;

/**
 * An envelope that no handler has seen, because it is forged, sealed for another key, or laid out
 * wrongly. The relay was told to put it with the dead letters of its mailbox.
 *
 * @param mailbox where it waited
 * @param id its 16 bytes, as the clear header says
 * @param reason what is wrong with it
 * @param sentence the same for people; the dead letter has it as its reason
 */
public record UnreadableDelivery(
        String mailbox, UUID id, UnreadableEnvelope.Reason reason, String sentence) {}
