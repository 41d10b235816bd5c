-- How many users there are: none means that the owner account is still to be made.
select count(*) as users from users
