package io.qight.store.embedded;

import io.qight.store.Durability;
import io.qight.store.Seeds;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The search for work and crashes after which the store is not what the model says. */
final class EmbeddedStoreCrashTest {
    /** Small segments: rotation, reuse, checkpoints and compaction happen in every run. */
    private static final EmbeddedStoreConfig SMALL =
            EmbeddedStoreConfig.defaults().withSegmentBytes(64 << 10);

    @Test
    void whatWasAnsweredSurvivesKillsAndLossesOfPower() {
        Seeds.each(
                1000,
                seed ->
                        new CrashRun(
                                        seed,
                                        SMALL,
                                        List.of(
                                                CrashRun.Fault.KILL,
                                                CrashRun.Fault.POWER_LOSS,
                                                CrashRun.Fault.POWER_LOSS))
                                .run());
    }

    @Test
    void logAloneSaysWhatWasAnswered() {
        Seeds.each(
                400,
                seed ->
                        new CrashRun(
                                        seed,
                                        SMALL,
                                        List.of(CrashRun.Fault.KILL, CrashRun.Fault.POWER_LOSS))
                                .withLogAlone()
                                .run());
    }

    @Test
    void whatWasAnsweredWithoutSyncSurvivesKills() {
        Seeds.each(
                200,
                seed ->
                        new CrashRun(
                                        seed,
                                        SMALL.withDurability(Durability.OS),
                                        List.of(CrashRun.Fault.KILL))
                                .run());
    }

    @Test
    void whatWasAnsweredSurvivesADiskThatFails() {
        Seeds.each(400, seed -> new CrashRun(seed, SMALL, List.of(CrashRun.Fault.values())).run());
    }
}
