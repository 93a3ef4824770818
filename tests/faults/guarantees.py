"""The thirteen guarantees of a generated project, and the tests that attack each on every route.

A test that is not run on all nine routes says by its marker which it is run on; where it cannot be run on the others,
`Guarantee.elsewhere` says why. ``pytest --collect-only tests/faults`` lists every single attack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults import (
    test_check_types,
    test_clocks,
    test_concurrency,
    test_connections,
    test_dead_letters,
    test_erasure,
    test_history_of_runs,
    test_kills,
    test_kills_of_repairs,
    test_names,
    test_observed,
    test_personal_data,
    test_quality_gates,
    test_resources,
    test_retention,
    test_schema_changes,
    test_secrets,
    test_strategies,
    test_watermarks,
    test_whole_table_checks,
)
from tests.faults.routes import Pair

Attack = Callable[..., Any]
NO_SERVER = (
    "neither end is reached by a network: a file that cannot be read or written is no error that passes"
)
SERVERLESS = {(origin, target): NO_SERVER for origin in ("sqlite", "csv") for target in ("duckdb", "files")}


@dataclass(frozen=True)
class Guarantee:
    """One promise.

    Attributes:
        text: What is promised.
        attacks: The tests that really try to break it.
        elsewhere: Routes on which there is nothing to attack, and why.
    """

    text: str
    attacks: tuple[Attack, ...]
    elsewhere: Mapping[Pair, str] = field(default_factory=dict)


GUARANTEES: Mapping[int, Guarantee] = {
    1: Guarantee(
        "All or nothing: killed at any point, under any strategy, local disk wiped or not, a rerun makes it right",
        (
            test_kills.test_killed_runs_lose_and_double_nothing,
            test_kills.test_killed_runs_of_a_modelled_pipeline_publish_all_of_its_outputs_or_none,
            test_resources.test_too_little_memory_fails_cleanly_and_the_next_run_puts_it_right,
        ),
    ),
    2: Guarantee(
        "Idempotent strategies: newer wins, older never does, deleted stays deleted, any order gives one history",
        (
            test_strategies.test_older_versions_never_overwrite_newer_ones_and_repeated_ones_change_nothing,
            test_strategies.test_deleted_row_stays_deleted_until_a_newer_version_brings_it_back,
            test_strategies.test_full_extract_replaces_what_was_there_unless_nearly_all_of_it_is_gone,
            test_history_of_runs.test_shuffled_repeated_late_deleted_and_reinserted_versions_give_the_history_of_the_orderly_feed,
        ),
    ),
    3: Guarantee(
        "Watermarks: ties, NULLs and wrong clocks lose nothing; they never move back, and only with a publish",
        (
            test_watermarks.test_rows_that_share_the_last_watermark_are_neither_lost_nor_doubled,
            test_watermarks.test_rows_without_a_watermark_arrive_and_are_counted,
            test_watermarks.test_watermark_never_moves_back_and_no_wrong_clock_moves_it_ahead,
            test_watermarks.test_failed_audit_holds_watermark_and_data,
            test_clocks.test_runs_under_clocks_that_jump_lose_and_double_nothing,
        ),
    ),
    4: Guarantee(
        "One run at a time: the others exit 75 and write nothing; a dead holder's lock holds nobody up",
        (
            test_concurrency.test_of_concurrent_first_runs_one_works_and_the_others_exit_75,
            test_concurrency.test_concurrent_runs_of_a_live_pipeline_double_nothing,
            test_concurrency.test_lock_of_a_dead_holder_holds_nobody_up,
        ),
    ),
    5: Guarantee(
        "Schema evolution by contract",
        (
            test_schema_changes.test_new_column_is_taken_along,
            test_schema_changes.test_new_column_of_a_frozen_table_is_left_out,
            test_schema_changes.test_dropped_column_is_kept_and_a_renamed_one_is_a_new_one,
            test_schema_changes.test_contract_that_says_stop_stops_and_publishes_nothing,
            test_schema_changes.test_text_in_a_number_is_a_dead_letter_that_shows_the_value_unless_personal,
            test_schema_changes.test_lost_key_watermark_or_table_stops_and_names_it,
        ),
    ),
    6: Guarantee(
        "Dead letters: every rejected row is kept, replay loads it once and over nothing newer, the breaker needs rate"
        " and count, runs balance",
        (
            test_dead_letters.test_replay_loads_rejected_rows_exactly_once,
            test_dead_letters.test_replay_puts_no_old_row_over_one_that_came_since,
            test_dead_letters.test_one_poison_row_in_ten_thousand_stops_nothing,
            test_dead_letters.test_most_rows_poisoned_trips_the_breaker_and_keeps_every_dead_letter,
            test_kills_of_repairs.test_killed_replay_loads_the_rejected_rows_once,
        ),
    ),
    7: Guarantee(
        "Quality gates: warn, error and critical end differently, a check that crashes blocks, all types judge rightly",
        (
            test_quality_gates.test_warning_publishes_and_tells,
            test_quality_gates.test_error_publishes_nothing_and_holds_the_watermark,
            test_quality_gates.test_critical_suspends_until_acknowledged,
            test_quality_gates.test_check_that_crashes_blocks_even_as_a_warning,
            test_check_types.test_every_check_type_tells_good_data_from_bad_empty_null_and_wrong_types,
            test_whole_table_checks.test_small_increment_is_no_small_table,
            test_whole_table_checks.test_name_that_is_taken_by_a_row_of_an_earlier_run_is_no_unique_one,
            test_whole_table_checks.test_reference_to_a_row_of_an_earlier_run_is_found,
        ),
    ),
    8: Guarantee(
        "Retries: a connection that dies mid-copy or at COMMIT loses and doubles nothing",
        (
            test_connections.test_source_connection_cut_mid_copy_is_read_again,
            test_connections.test_destination_connection_cut_mid_copy_doubles_nothing,
            test_connections.test_commit_whose_answer_never_comes_doubles_nothing,
            test_connections.test_commit_that_is_answered_late_keeps_others_out_and_doubles_nothing,
        ),
        SERVERLESS,
    ),
    9: Guarantee(
        "Secrets are in no file, log, process list or traceback",
        (
            test_secrets.test_secrets_are_in_no_file_log_process_list_or_traceback,
            test_secrets.test_secret_in_the_name_of_what_is_not_there_is_shown_nowhere,
        ),
    ),
    10: Guarantee(
        "Personal data is nowhere after drop, mask and tokenise; erased is gone; retention deletes what is due",
        (
            test_personal_data.test_planted_personal_values_are_nowhere,
            test_personal_data.test_erased_person_is_nowhere_and_nobody_else_is_gone,
            test_erasure.test_erased_person_does_not_come_back_from_the_source,
            test_retention.test_retention_deletes_what_is_due_and_nothing_else,
        ),
    ),
    11: Guarantee(
        "Observable: log, metrics and lineage tell what a run did",
        (test_observed.test_log_metrics_and_lineage_tell_what_a_run_did,),
    ),
    12: Guarantee(
        "Backfill: bounded, resumable, equal to a full load, watermarks untouched",
        (
            test_kills_of_repairs.test_killed_backfill_goes_on_and_doubles_nothing,
            test_kills_of_repairs.test_killed_backfill_of_a_modelled_pipeline_publishes_the_whole_table,
        ),
    ),
    13: Guarantee(
        "Names: text from people can never become code",
        (test_names.test_hostile_names_arrive_as_they_are,),
    ),
}  # fmt: skip
