--liquibase formatted sql
--changeset a:1
create table t (id int);
