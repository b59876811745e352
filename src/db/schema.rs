//! The tables as diesel sees them: only types that both databases share. Kept in step with `migrations/` by a test.

diesel::table! {
    nodes (id) {
        id -> Integer,
        holder -> Text,
        leased_until -> BigInt,
    }
}

diesel::table! {
    settings (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    accounts (id) {
        id -> BigInt,
        username -> Text,
        username_lower -> Text,
        domain -> Text,
        uri -> Text,
        url -> Text,
        kind -> Text,
        display_name -> Text,
        note -> Text,
        note_source -> Text,
        fields -> Text,
        emojis -> Text,
        avatar -> Nullable<Text>,
        avatar_description -> Text,
        header -> Nullable<Text>,
        header_description -> Text,
        is_locked -> Bool,
        is_discoverable -> Bool,
        is_indexable -> Bool,
        hides_collections -> Bool,
        inbox_url -> Text,
        shared_inbox_url -> Nullable<Text>,
        outbox_url -> Nullable<Text>,
        followers_url -> Nullable<Text>,
        following_url -> Nullable<Text>,
        featured_url -> Nullable<Text>,
        also_known_as -> Text,
        moved_to_uri -> Nullable<Text>,
        default_visibility -> Text,
        default_sensitive -> Bool,
        default_language -> Nullable<Text>,
        default_quote_policy -> Text,
        followers_count -> BigInt,
        following_count -> BigInt,
        statuses_count -> BigInt,
        last_status_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        fetched_at -> Nullable<BigInt>,
        suspended_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
        shows_media -> Bool,
        shows_media_replies -> Bool,
        shows_featured -> Bool,
        attribution_domains -> Text,
        filters_version -> BigInt,
    }
}

diesel::table! {
    public_keys (key_id) {
        key_id -> Text,
        account_id -> BigInt,
        algorithm -> Text,
        public_der -> Binary,
        fetched_at -> BigInt,
    }
}

diesel::table! {
    private_keys (key_id) {
        key_id -> Text,
        account_id -> BigInt,
        algorithm -> Text,
        pkcs8 -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        account_id -> BigInt,
        email -> Text,
        email_lower -> Text,
        password_hash -> Text,
        role -> Text,
        locale -> Nullable<Text>,
        totp_secret -> Nullable<Text>,
        totp_confirmed_at -> Nullable<BigInt>,
        totp_last_step -> Nullable<BigInt>,
        created_at -> BigInt,
        disabled_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    team_members (id) {
        id -> BigInt,
        brand_id -> BigInt,
        user_id -> BigInt,
        role -> Text,
        handles_direct -> Bool,
        added_by -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    acting_records (id) {
        id -> BigInt,
        account_id -> BigInt,
        user_id -> BigInt,
        app_id -> Nullable<BigInt>,
        verb -> Text,
        subject -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    setup_links (token_hash) {
        token_hash -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        token_hash -> Text,
        user_id -> BigInt,
        user_agent -> Text,
        address -> Text,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    oauth_apps (id) {
        id -> BigInt,
        client_id -> Text,
        secret_hash -> Text,
        name -> Text,
        website -> Nullable<Text>,
        redirect_uris -> Text,
        scopes -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    oauth_codes (code_hash) {
        code_hash -> Text,
        app_id -> BigInt,
        user_id -> BigInt,
        account_id -> BigInt,
        scopes -> Text,
        redirect_uri -> Text,
        code_challenge -> Nullable<Text>,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        token_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    oauth_tokens (id) {
        id -> BigInt,
        token_hash -> Text,
        app_id -> BigInt,
        user_id -> Nullable<BigInt>,
        account_id -> Nullable<BigInt>,
        scopes -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    posts (id) {
        id -> BigInt,
        uri -> Text,
        url -> Text,
        account_id -> BigInt,
        is_local -> Bool,
        kind -> Text,
        visibility -> Text,
        title -> Nullable<Text>,
        content -> Text,
        source -> Nullable<Text>,
        spoiler_text -> Text,
        is_sensitive -> Bool,
        language -> Nullable<Text>,
        in_reply_to_id -> Nullable<BigInt>,
        in_reply_to_uri -> Nullable<Text>,
        in_reply_to_account_id -> Nullable<BigInt>,
        thread_id -> BigInt,
        boost_of_id -> Nullable<BigInt>,
        poll_id -> Nullable<BigInt>,
        quote_id -> Nullable<BigInt>,
        quote_policy -> Text,
        mentions -> Text,
        tags -> Text,
        emojis -> Text,
        media -> Text,
        app_id -> Nullable<BigInt>,
        acted_by -> Nullable<BigInt>,
        replies_count -> BigInt,
        boosts_count -> BigInt,
        favourites_count -> BigInt,
        quotes_count -> BigInt,
        created_at -> BigInt,
        edited_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    post_mentions (post_id, account_id) {
        post_id -> BigInt,
        account_id -> BigInt,
    }
}

diesel::table! {
    tags (id) {
        id -> BigInt,
        name -> Text,
        display_name -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    post_tags (tag_id, post_id) {
        tag_id -> BigInt,
        post_id -> BigInt,
    }
}

// On PostgreSQL the tokens are a tsvector and are never read; on SQLite the table is one of FTS5.
diesel::table! {
    post_index (rowid) {
        rowid -> BigInt,
        tokens -> Text,
    }
}

// Like post_index.
diesel::table! {
    account_index (rowid) {
        rowid -> BigInt,
        tokens -> Text,
    }
}

diesel::table! {
    post_edits (id) {
        id -> BigInt,
        post_id -> BigInt,
        content -> Text,
        source -> Nullable<Text>,
        spoiler_text -> Text,
        is_sensitive -> Bool,
        media -> Text,
        poll_options -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    quotes (id) {
        id -> BigInt,
        post_id -> BigInt,
        account_id -> BigInt,
        quoted_id -> Nullable<BigInt>,
        state -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    scheduled_posts (id) {
        id -> BigInt,
        account_id -> BigInt,
        user_id -> BigInt,
        app_id -> Nullable<BigInt>,
        scheduled_at -> BigInt,
        params -> Text,
        failed_at -> Nullable<BigInt>,
        failure -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    tombstones (uri) {
        uri -> Text,
        actor_uri -> Text,
        deleted_at -> BigInt,
    }
}

diesel::table! {
    polls (id) {
        id -> BigInt,
        post_id -> BigInt,
        options -> Text,
        tallies -> Text,
        is_multiple -> Bool,
        hides_totals -> Bool,
        voters_count -> BigInt,
        expires_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    poll_votes (id) {
        id -> BigInt,
        poll_id -> BigInt,
        account_id -> BigInt,
        choice -> Integer,
        created_at -> BigInt,
    }
}

diesel::table! {
    marks (id) {
        id -> BigInt,
        account_id -> BigInt,
        post_id -> BigInt,
        kind -> Text,
        uri -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    media (id) {
        id -> BigInt,
        account_id -> BigInt,
        post_id -> Nullable<BigInt>,
        kind -> Text,
        storage_key -> Text,
        preview_key -> Text,
        content_type -> Text,
        bytes -> BigInt,
        width -> Integer,
        height -> Integer,
        preview_width -> Integer,
        preview_height -> Integer,
        blurhash -> Nullable<Text>,
        description -> Nullable<Text>,
        focus_x -> Double,
        focus_y -> Double,
        created_at -> BigInt,
        scheduled_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    follows (id) {
        id -> BigInt,
        account_id -> BigInt,
        target_id -> BigInt,
        state -> Text,
        uri -> Text,
        shows_boosts -> Bool,
        notifies -> Bool,
        languages -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    blocks (id) {
        id -> BigInt,
        account_id -> BigInt,
        target_id -> BigInt,
        uri -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    mutes (id) {
        id -> BigInt,
        account_id -> BigInt,
        target_id -> BigInt,
        hides_notifications -> Bool,
        expires_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    account_domain_blocks (id) {
        id -> BigInt,
        account_id -> BigInt,
        domain -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    account_notes (account_id, target_id) {
        account_id -> BigInt,
        target_id -> BigInt,
        comment -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    endorsements (id) {
        id -> BigInt,
        account_id -> BigInt,
        target_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    suggestion_dismissals (account_id, target_id) {
        account_id -> BigInt,
        target_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    tag_follows (id) {
        id -> BigInt,
        account_id -> BigInt,
        tag_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    featured_tags (id) {
        id -> BigInt,
        account_id -> BigInt,
        tag_id -> BigInt,
        name -> Text,
        posts_count -> BigInt,
        last_post_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    domain_rules (domain) {
        domain -> Text,
        severity -> Text,
        reason -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    lists (id) {
        id -> BigInt,
        account_id -> BigInt,
        title -> Text,
        replies_policy -> Text,
        is_exclusive -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    filters (id) {
        id -> BigInt,
        account_id -> BigInt,
        title -> Text,
        contexts -> Text,
        action -> Text,
        expires_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    filter_keywords (id) {
        id -> BigInt,
        filter_id -> BigInt,
        keyword -> Text,
        is_whole_word -> Bool,
    }
}

diesel::table! {
    filter_posts (id) {
        id -> BigInt,
        filter_id -> BigInt,
        post_id -> BigInt,
    }
}

diesel::table! {
    list_accounts (list_id, account_id) {
        list_id -> BigInt,
        account_id -> BigInt,
    }
}

diesel::table! {
    home_entries (account_id, post_id) {
        account_id -> BigInt,
        post_id -> BigInt,
    }
}

diesel::table! {
    notifications (id) {
        id -> BigInt,
        account_id -> BigInt,
        from_id -> BigInt,
        kind -> Text,
        post_id -> Nullable<BigInt>,
        group_key -> Text,
        created_at -> BigInt,
        is_filtered -> Bool,
        subject_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    notification_policies (account_id) {
        account_id -> BigInt,
        for_not_following -> Text,
        for_not_followers -> Text,
        for_new_accounts -> Text,
        for_private_mentions -> Text,
        for_limited_accounts -> Text,
    }
}

diesel::table! {
    notification_permissions (account_id, from_id) {
        account_id -> BigInt,
        from_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    notification_requests (id) {
        id -> BigInt,
        account_id -> BigInt,
        from_id -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    severances (id) {
        id -> BigInt,
        account_id -> BigInt,
        kind -> Text,
        target_name -> Text,
        followers_count -> BigInt,
        following_count -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    push_subscriptions (id) {
        id -> BigInt,
        token_id -> BigInt,
        account_id -> BigInt,
        access_token -> Text,
        endpoint -> Text,
        p256dh -> Text,
        auth -> Text,
        is_standard -> Bool,
        alerts -> Text,
        policy -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    markers (account_id, timeline) {
        account_id -> BigInt,
        timeline -> Text,
        last_read_id -> BigInt,
        version -> Integer,
        updated_at -> BigInt,
    }
}

diesel::table! {
    direct_threads (id) {
        id -> BigInt,
        account_id -> BigInt,
        thread_id -> BigInt,
        participants -> Text,
        last_post_id -> BigInt,
        is_unread -> Bool,
        is_hidden -> Bool,
    }
}

diesel::table! {
    idempotency_keys (token_id, key) {
        token_id -> BigInt,
        key -> Text,
        post_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    events (id) {
        id -> BigInt,
        payload -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        kind -> Text,
        payload -> Text,
        run_at -> BigInt,
        leased_until -> Nullable<BigInt>,
        leased_by -> Nullable<Text>,
        attempts -> Integer,
        last_error -> Nullable<Text>,
        parked_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    inbox_items (id) {
        id -> BigInt,
        dedupe_key -> Text,
        actor_uri -> Text,
        activity_uri -> Text,
        activity_type -> Text,
        body -> Text,
        state -> Text,
        attempts -> Integer,
        due_at -> BigInt,
        leased_until -> Nullable<BigInt>,
        leased_by -> Nullable<Text>,
        last_error -> Nullable<Text>,
        received_at -> BigInt,
    }
}

diesel::table! {
    activities (id) {
        id -> BigInt,
        uri -> Text,
        actor_id -> BigInt,
        kind -> Text,
        object_uri -> Text,
        body -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    deliveries (id) {
        id -> BigInt,
        activity_id -> BigInt,
        inbox_url -> Text,
        host -> Text,
        order_key -> Text,
        state -> Text,
        attempts -> Integer,
        due_at -> BigInt,
        leased_until -> Nullable<BigInt>,
        leased_by -> Nullable<Text>,
        last_status -> Nullable<Integer>,
        last_error -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    hosts (host) {
        host -> Text,
        state -> Text,
        since -> BigInt,
        failures -> Integer,
        failed_days -> Integer,
        last_failed_day -> Nullable<Integer>,
        gone_answers -> Integer,
        gone_since -> Nullable<BigInt>,
        html_answers -> Integer,
        next_probe_at -> Nullable<BigInt>,
        signature_scheme -> Text,
        last_success_at -> Nullable<BigInt>,
        last_failure_at -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    preview_cards (id) {
        id -> BigInt,
        url -> Text,
        state -> Text,
        kind -> Text,
        title -> Text,
        description -> Text,
        language -> Nullable<Text>,
        author_name -> Text,
        author_url -> Text,
        author_id -> Nullable<BigInt>,
        provider_name -> Text,
        provider_url -> Text,
        width -> Integer,
        height -> Integer,
        image_url -> Nullable<Text>,
        image_key -> Nullable<Text>,
        blurhash -> Nullable<Text>,
        published_at -> Nullable<BigInt>,
        asked_at -> BigInt,
        fetched_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    post_cards (post_id) {
        post_id -> BigInt,
        card_id -> BigInt,
    }
}

diesel::table! {
    trends (kind, subject_id) {
        kind -> Text,
        subject_id -> BigInt,
        score -> Double,
    }
}

diesel::table! {
    trend_refusals (kind, subject_id) {
        kind -> Text,
        subject_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    announcements (id) {
        id -> BigInt,
        source -> Text,
        content -> Text,
        mentions -> Text,
        tags -> Text,
        emojis -> Text,
        posts -> Text,
        starts_at -> Nullable<BigInt>,
        ends_at -> Nullable<BigInt>,
        is_all_day -> Bool,
        published_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    announcement_dismissals (announcement_id, account_id) {
        announcement_id -> BigInt,
        account_id -> BigInt,
    }
}

diesel::table! {
    announcement_reactions (id) {
        id -> BigInt,
        announcement_id -> BigInt,
        account_id -> BigInt,
        name -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    custom_emojis (id) {
        id -> BigInt,
        shortcode -> Text,
        category -> Nullable<Text>,
        file_key -> Text,
        still_key -> Text,
        is_listed -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    instance_texts (kind, effective_on) {
        kind -> Text,
        effective_on -> Text,
        source -> Text,
        content -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    instance_rules (id) {
        id -> BigInt,
        position -> Integer,
        text -> Text,
        hint -> Text,
        translations -> Text,
        created_at -> BigInt,
        withdrawn_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    active_weeks (week, user_id) {
        week -> BigInt,
        user_id -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    nodes,
    settings,
    accounts,
    public_keys,
    private_keys,
    users,
    team_members,
    acting_records,
    setup_links,
    sessions,
    oauth_apps,
    oauth_codes,
    oauth_tokens,
    posts,
    post_mentions,
    tags,
    post_tags,
    post_index,
    account_index,
    post_edits,
    quotes,
    scheduled_posts,
    tombstones,
    polls,
    poll_votes,
    marks,
    media,
    follows,
    blocks,
    mutes,
    account_domain_blocks,
    account_notes,
    endorsements,
    suggestion_dismissals,
    tag_follows,
    featured_tags,
    domain_rules,
    lists,
    list_accounts,
    filters,
    filter_keywords,
    filter_posts,
    home_entries,
    notifications,
    notification_policies,
    notification_permissions,
    notification_requests,
    severances,
    push_subscriptions,
    markers,
    direct_threads,
    idempotency_keys,
    events,
    jobs,
    inbox_items,
    activities,
    deliveries,
    hosts,
    preview_cards,
    post_cards,
    trends,
    trend_refusals,
    announcements,
    announcement_dismissals,
    announcement_reactions,
    custom_emojis,
    instance_texts,
    instance_rules,
    active_weeks,
);
