DROP TABLE post_cards;
DROP TABLE preview_cards;
